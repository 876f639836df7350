import { describe, expect, it } from 'vitest'
import { assign, emit, fromPromise, sendParent, sendTo, setup, spawnChild, stopChild } from 'xstate'
import {
  type ActorRecord,
  type AdvanceResult,
  advance,
  defineActor,
  type Event,
  type Message,
  newRecord,
} from '../../kernel/index.ts'

const machine = setup({
  types: {} as { context: { n: number }; events: Event },
  actors: {
    work: fromPromise<number, { n: number }>(async () => 0),
    kid: fromPromise<number>(async () => 0),
  },
  actions: { send: (_, _params: { to: string; event: Event }) => {} },
  guards: {
    broken: () => {
      throw new Error('guard broke')
    },
  },
}).createMachine({
  id: 'sample',
  context: { n: 0 },
  initial: 'idle',
  states: {
    idle: {
      on: {
        WORK: 'working',
        SPAWN: { actions: spawnChild('kid', { id: 'kid:1' }) },
        STOP: { actions: stopChild('kid:1') },
        ASK: { actions: sendTo('kid:1', { type: 'HELLO' }) },
        UP: { actions: sendParent({ type: 'UP' }) },
        TELL: { actions: { type: 'send', params: { to: 'elsewhere', event: { type: 'HI' } } } },
        SAY: { actions: emit({ type: 'said' }) },
        BREAK: { guard: 'broken', target: 'working' },
        'canopy.refused': { actions: assign({ n: -1 }) },
      },
    },
    working: {
      after: { 1000: 'late' },
      invoke: {
        src: 'work',
        id: 'work',
        input: ({ context }) => ({ n: context.n }),
        onDone: { target: 'over', actions: assign({ n: ({ event }) => event.output }) },
        onError: 'idle',
      },
      on: { CANCEL: 'idle' },
    },
    late: {},
    over: { type: 'final' },
  },
  output: ({ context }) => context.n,
})

const definition = defineActor({ kind: 'sample', machine, children: { kid: { restart: 'transient' } } })
const identity = {
  address: 'a',
  kind: 'sample',
  version: 1,
  parent: 'p',
  id: 'a',
  birth: '0',
  incarnation: 1,
}

class Folded {
  record: ActorRecord = newRecord(identity)
  last: AdvanceResult | undefined
  #now = 1_000

  take(message: Message): AdvanceResult | undefined {
    this.last = advance(definition, this.record, {
      sequence: this.record.sequence + 1,
      at: this.#now,
      message,
    })
    if (this.last) this.record = this.last.record
    return this.last
  }

  get kid() {
    return { child: 'kid:1', birth: this.record.supervision.children.get('kid:1')?.birth ?? '' }
  }

  mail(type: string, number = this.record.sequence): AdvanceResult | undefined {
    const from = { address: 'p', birth: '0', number }
    return this.take({ kind: 'mail', id: `p/0/${number}@a`, from, streamSequence: number, event: { type } })
  }
}

function started(): Folded {
  const folded = new Folded()
  folded.take({ kind: 'started', input: null })
  return folded
}

describe('advance', () => {
  it('asks for an invocation and a timer under stable keys', () => {
    const advanced = started().mail('WORK')
    expect(advanced?.outbox.add).toEqual([
      {
        key: expect.stringMatching(/^a\/0\/2\/\d$/),
        effect: { kind: 'invocation', id: 'work', src: 'work', input: { n: 0 } },
      },
    ])
    expect(advanced?.alarms.set).toMatchObject([
      { deadline: 2_000, delay: 1_000, policy: 'deadline' },
      { id: 'canopy.deadline.work', delay: 3_600_000, policy: 'restart' },
    ])
  })

  it('takes the outcome of the invocation it waits for, and ends', () => {
    const actor = started()
    actor.mail('WORK')
    const key = actor.record.invocations.work ?? ''
    const advanced = actor.take({
      kind: 'outcome',
      key,
      invocation: 'work',
      outcome: { kind: 'done', output: 7 },
    })
    expect(advanced?.record.exit).toEqual({ reason: 'normal', output: 7 })
    expect(advanced?.outbox.remove).toContain(key)
    expect(advanced?.alarms.cancelled).toHaveLength(2)
    expect(advanced?.outbox.add.at(-1)?.effect).toMatchObject({ kind: 'exit', exit: { reason: 'normal' } })
  })

  it('drops the outcome of an invocation that was cancelled, also when the same state invoked again', () => {
    const actor = started()
    actor.mail('WORK')
    const old = actor.record.invocations.work ?? ''
    expect(actor.mail('CANCEL')?.outbox.remove).toEqual([old])
    actor.mail('WORK')
    const late = {
      kind: 'outcome',
      key: old,
      invocation: 'work',
      outcome: { kind: 'done', output: 1 },
    } as const
    expect(actor.take(late)).toBeUndefined()
  })

  it('skips mail that it has taken, and takes what comes late', () => {
    const actor = started()
    expect(actor.mail('SAY', 1)).toBeDefined()
    expect(actor.mail('SAY', 1)).toBeUndefined()
    expect(actor.mail('SAY', 3)).toBeDefined()
    expect(actor.mail('SAY', 2)).toBeDefined()
    expect(actor.mail('SAY', 2)).toBeUndefined()
  })

  it('an alarm rings once', () => {
    const actor = started()
    const alarm = actor.mail('WORK')?.alarms.set[0]
    if (!alarm) throw new Error('no alarm')
    const message = { kind: 'alarm', id: alarm.id, deadline: alarm.deadline, event: alarm.event } as const
    expect(actor.take(message)?.record.snapshot.value).toBe('late')
    expect(actor.take(message)).toBeUndefined()
  })

  it('starts and stops children by order, and numbers mail for each receiver', () => {
    const actor = started()
    expect(actor.mail('SPAWN')?.outbox.add[0]?.effect).toMatchObject({
      kind: 'children',
      orders: [{ kind: 'start', id: 'kid:1', src: 'kid', incarnation: 1 }],
    })
    expect(actor.mail('ASK')?.outbox.add[0]?.effect).toMatchObject({ kind: 'mail', to: 'a.kid:1', number: 1 })
    expect(actor.mail('ASK')?.outbox.add[0]?.effect).toMatchObject({ kind: 'mail', to: 'a.kid:1', number: 2 })
    expect(actor.mail('UP')?.outbox.add[0]?.effect).toMatchObject({ kind: 'mail', to: 'p', number: 1 })
    expect(actor.mail('TELL')?.outbox.add[0]?.effect).toMatchObject({
      kind: 'mail',
      to: 'elsewhere',
      number: 1,
    })
    expect(actor.mail('STOP')?.outbox.add[0]?.effect).toMatchObject({
      orders: [
        { kind: 'stop', id: 'kid:1' },
        { kind: 'forget', id: 'kid:1' },
      ],
    })
  })

  it('mail to a child that is not there does not kill the sender', () => {
    expect(started().mail('ASK')?.outbox.add[0]?.effect).toMatchObject({ kind: 'mail', to: 'a.kid:1' })
  })

  it('a child that crashed is restarted until the intensity is used up; then the parent ends', () => {
    const actor = started()
    actor.mail('SPAWN')
    const error = { message: 'boom' }
    const exited = (incarnation: number) =>
      actor.take({ kind: 'exited', ...actor.kid, incarnation, exit: { reason: 'crash', error } })
    expect(exited(1)?.outbox.add[0]?.effect).toMatchObject({
      orders: [{ kind: 'start', incarnation: 2 }],
    })
    expect(exited(1)).toBeUndefined()
    const gaveUp = exited(2)
    expect(gaveUp?.record.exit).toMatchObject({ reason: 'shutdown', error: { code: 'gave_up' } })
  })

  it('a throw in a guard is a crash; an error that nobody handles too', () => {
    expect(() => started().mail('BREAK')).toThrow('guard broke')
    const actor = started()
    actor.mail('SPAWN')
    const exit = { reason: 'shutdown' } as const
    expect(() => actor.take({ kind: 'exited', ...actor.kid, incarnation: 1, exit })).toThrow(
      'kid:1 ended: shutdown',
    )
  })

  it('a refused mail comes back as an event and settles its outbox entry', () => {
    const actor = started()
    const key = actor.mail('TELL')?.outbox.add[0]?.key ?? ''
    const back = actor.take({
      kind: 'refused',
      key,
      to: 'elsewhere',
      event: { type: 'HI' },
      reason: 'mailbox_full',
    })
    expect(back?.outbox.remove).toEqual([key])
    expect(back?.record.snapshot.context).toEqual({ n: -1 })
  })

  it('folds to the same record from its JSON as from memory (promise P6)', () => {
    const actor = started()
    const messages = ['SPAWN', 'ASK', 'WORK', 'CANCEL', 'TELL', 'SAY', 'WORK']
    for (const [index, type] of messages.entries()) {
      const number = index + 1
      const from = { address: 'p', birth: '0', number }
      const message: Message = {
        kind: 'mail',
        id: `${number}`,
        from,
        streamSequence: number,
        event: { type },
      }
      const entry = { sequence: actor.record.sequence + 1, at: 5, message }
      const snapshot = JSON.parse(JSON.stringify(actor.record.snapshot))
      const fromDisk = advance(definition, { ...actor.record, snapshot }, entry)
      const fromMemory = advance(definition, actor.record, entry)
      expect(JSON.stringify(fromDisk)).toBe(JSON.stringify(fromMemory))
      if (fromMemory) actor.record = fromMemory.record
    }
  })
})
