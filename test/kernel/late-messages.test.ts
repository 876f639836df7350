// Messages that come late, twice, or from somebody else: each kind of message in each situation in which its actor must
// not take it. The record stays as it was, and nothing is asked of the world.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AnyStateMachine, assign, fromPromise, setup, spawnChild } from 'xstate'
import {
  type ActorRecord,
  type AdvanceResult,
  advance,
  crash,
  defineActor,
  type Event,
  type Exit,
  eventType,
  ignore,
  kill,
  type Message,
  messageId,
  newRecord,
  shutdown,
} from '../../kernel/index.ts'

const machine = setup({
  types: {} as { context: { heard: string[] }; events: Event },
  actors: { work: fromPromise<number>(async () => 0), kid: fromPromise<number>(async () => 0) },
  guards: {
    broken: () => {
      throw new Error('guard broke')
    },
  },
}).createMachine({
  id: 'm',
  context: { heard: [] },
  initial: 'idle',
  on: {
    '*': { actions: assign({ heard: ({ context, event }) => [...context.heard, event.type] }) },
    BREAK: { guard: 'broken' },
    KID: { actions: spawnChild('kid', { id: 'kid' }) },
    END: '.over',
  },
  states: {
    idle: { on: { WORK: 'busy' } },
    busy: {
      invoke: { src: 'work', id: 'work', onDone: 'idle', onError: 'idle' },
      after: { 1000: 'idle' },
      on: { LEAVE: 'idle' },
    },
    over: { type: 'final' },
  },
})
const definition = defineActor({
  kind: 'm',
  machine,
  children: { kid: { restart: 'transient' } },
  strategy: { intensity: 3 },
})
const identity = { address: 'a', kind: 'm', version: 1, parent: 'p', id: 'a', birth: '0', incarnation: 1 }

class Story {
  record: ActorRecord = newRecord(identity)
  #number = 0

  constructor(...types: string[]) {
    this.take({ kind: 'started', input: null })
    for (const type of types) this.mail(type)
  }

  take(message: Message): AdvanceResult | undefined {
    const advanced = this.#advance(message)
    if (advanced) this.record = advanced.record
    return advanced
  }

  mail(type: string): AdvanceResult | undefined {
    this.#number += 1
    return this.take(mailOf(type, this.#number))
  }

  /** The message is skipped: the record does not change. */
  skips(message: Message): void {
    expect(this.#advance(message), JSON.stringify(message)).toBeUndefined()
  }

  get kid() {
    const { birth = '', incarnation = 0 } = this.record.supervision.children.get('kid') ?? {}
    return { child: 'kid', birth, incarnation }
  }

  get work() {
    const outcome = { kind: 'done', output: 1 } as const
    return { kind: 'outcome', key: this.record.invocations.work ?? '', invocation: 'work', outcome } as const
  }

  #advance(message: Message): AdvanceResult | undefined {
    return advance(definition, this.record, { sequence: this.record.sequence + 1, at: 1_000, message })
  }
}

function mailOf(type: string, number: number, address = 'p', birth = '0'): Message {
  const from = { address, birth, number }
  return {
    kind: 'mail',
    id: `${address}/${birth}/${number}@a`,
    from,
    streamSequence: number,
    event: { type },
  }
}

function outside(type: string, streamSequence: number): Message {
  return { kind: 'mail', id: `${streamSequence}`, from: null, streamSequence, event: { type } }
}

const crashed: Exit = { reason: 'crash', error: { message: 'boom' } }

describe('a message of each kind', () => {
  it('started is taken first and never again', () => {
    const story = new Story()
    story.skips({ kind: 'started', input: null })
    story.mail('SAY')
    story.skips({ kind: 'started', input: { other: 1 } })
  })

  it('mail of a sender is taken once, and of each birth of the sender by itself', () => {
    const story = new Story()
    expect(story.take(mailOf('SAY', 1))).toBeDefined()
    story.skips(mailOf('SAY', 1))
    expect(story.take(mailOf('SAY', 1, 'p', '1'))).toBeDefined()
    expect(story.take(mailOf('SAY', 1, 'q'))).toBeDefined()
    for (const again of [mailOf('SAY', 1), mailOf('SAY', 1, 'p', '1'), mailOf('SAY', 1, 'q')])
      story.skips(again)
    expect(story.record.snapshot.context.heard).toEqual(['SAY', 'SAY', 'SAY'])
  })

  it.each([0, -1, -5])('mail with the number %i, which no sender gives, is skipped', (number) => {
    new Story().skips(mailOf('SAY', number))
  })

  it('mail from outside is taken once for each place in the stream', () => {
    const story = new Story()
    expect(story.take(outside('SAY', 7))).toBeDefined()
    story.skips(outside('SAY', 7))
    expect(story.take(outside('SAY', 3))).toBeDefined()
    story.skips(outside('SAY', 3))
    expect(story.record.outside).toEqual([7, 3])
  })

  it('keeps the last 256 places of mail from outside', () => {
    const story = new Story()
    for (let place = 1; place <= 300; place += 1) story.take(outside('SAY', place))
    expect(story.record.outside).toHaveLength(256)
    story.skips(outside('SAY', 300))
    story.skips(outside('SAY', 45))
  })

  it('an outcome is taken once, with the key of the invocation that runs', () => {
    const story = new Story('WORK')
    story.skips({ ...story.work, key: 'a/0/9/0' })
    story.skips({ ...story.work, invocation: 'other' })
    const own = story.work
    expect(story.take(own)?.record.snapshot.value).toBe('idle')
    story.skips(own)
    story.mail('WORK')
    story.skips(own)
    expect(story.work.key).not.toBe(own.key)
  })

  it('an outcome of a state that was left is skipped, and its deadline too', () => {
    const story = new Story('WORK')
    const [own, deadline] = [story.work, story.record.alarms['canopy.deadline.work'] ?? 0]
    story.mail('LEAVE')
    story.skips(own)
    story.skips({
      kind: 'alarm',
      id: 'canopy.deadline.work',
      deadline,
      event: { type: 'canopy.deadline.work' },
    })
  })

  it('a deadline fails its invocation, whose outcome then comes too late', () => {
    const story = new Story('WORK')
    const own = story.work
    const id = 'canopy.deadline.work'
    const alarm = { kind: 'alarm', id, deadline: story.record.alarms[id] ?? 0, event: { type: id } } as const
    expect(story.take(alarm)?.outbox.remove).toEqual([own.key])
    expect(story.record.snapshot.value).toBe('idle')
    story.skips(own)
    story.skips(alarm)
  })

  it('a timer is taken once, at the deadline that it was set for last', () => {
    const story = new Story('WORK')
    const id = Object.keys(story.record.alarms).find((each) => each.startsWith('xstate.after')) ?? ''
    const deadline = story.record.alarms[id] ?? 0
    const alarm = { kind: 'alarm', id, deadline, event: { type: id } } as const
    story.skips({ ...alarm, deadline: deadline - 1 })
    story.skips({ ...alarm, id: `${id}.other` })
    expect(story.take(alarm)?.record.snapshot.value).toBe('idle')
    story.skips(alarm)
  })

  it('the end of a child is taken for its present incarnation and birth alone', () => {
    const story = new Story('KID')
    const { kid } = story
    story.skips({ kind: 'exited', ...kid, child: 'other', exit: crashed })
    story.skips({ kind: 'exited', ...kid, birth: 'earlier', exit: crashed })
    story.skips({ kind: 'exited', ...kid, incarnation: kid.incarnation + 1, exit: crashed })
    expect(story.take({ kind: 'exited', ...kid, exit: crashed })).toBeDefined()
    story.skips({ kind: 'exited', ...kid, exit: crashed })
    expect(story.kid.incarnation).toBe(kid.incarnation + 1)
  })

  it('the begin of a child that nobody waits for is skipped', () => {
    const story = new Story('KID')
    story.take({ kind: 'begun', ...story.kid })
    story.skips({ kind: 'begun', ...story.kid })
    story.skips({ kind: 'begun', ...story.kid, child: 'other' })
    story.skips({ kind: 'begun', ...story.kid, incarnation: 9 })
  })

  it('a call is answered with a refusal by an actor that has a machine', () => {
    const story = new Story()
    const request = { kind: 'terminateChild', child: 'kid' } as const
    expect(story.take({ kind: 'call', id: 'c1', request })?.replies).toEqual([
      { call: 'c1', reply: { ok: false, error: { code: 'not_a_supervisor', message: expect.any(String) } } },
    ])
  })

  it('a refusal of mail reaches the machine as an event and settles the mail', () => {
    const story = new Story()
    const event = { type: 'HELLO' }
    const refused = { kind: 'refused', key: 'a/0/1/0', to: 'b', event, reason: 'mailbox_full' } as const
    expect(story.take(refused)?.outbox.remove).toEqual(['a/0/1/0'])
    expect(story.record.snapshot.context.heard).toEqual(['canopy.refused'])
  })
})

describe('an actor that has ended', () => {
  const ends: [string, (story: Story) => ActorRecord | undefined][] = [
    ['in its final state', (story) => story.mail('END')?.record],
    [
      'by a crash',
      ({ record }) =>
        crash(definition, record, { sequence: 9, at: 0, message: mailOf('BREAK', 99) }, { message: 'x' })
          .record,
    ],
    ['by a kill', ({ record }) => kill(definition, record, 0, 'killed').record],
  ]

  it.each(ends)('%s takes no message of any kind', (_, end) => {
    const story = new Story('KID', 'WORK')
    const { kid, work } = story
    const messages: Message[] = [
      { kind: 'started', input: null },
      mailOf('SAY', 50),
      outside('SAY', 51),
      work,
      { kind: 'exited', ...kid, exit: crashed },
      { kind: 'begun', ...kid },
      { kind: 'call', id: 'c', request: { kind: 'deleteChild', child: 'kid' } },
      { kind: 'refused', key: 'k', to: 'b', event: { type: 'X' }, reason: 'gone' },
      ...Object.entries(story.record.alarms).map(
        ([id, deadline]): Message => ({ kind: 'alarm', id, deadline, event: { type: id } }),
      ),
    ]
    story.record = end(story) ?? story.record
    expect(story.record.exit).toBeDefined()
    for (const message of messages) story.skips(message)
  })

  it('in its final state has no timer, no invocation and no running child left', () => {
    const story = new Story('KID', 'WORK')
    const { key } = story.work
    const ended = story.mail('END')
    expect(ended?.record).toMatchObject({ invocations: {}, alarms: {}, exit: { reason: 'normal' } })
    expect(ended?.outbox.remove).toContain(key)
    const effects = ended?.outbox.add.map(({ effect }) => effect.kind)
    expect(effects).toEqual(['children', 'exit'])
    expect(story.record.supervision.children.get('kid')?.state).toBe('stopped')
  })

  it('by a crash keeps its snapshot, its timers and its invocations for its next start', () => {
    const story = new Story('KID', 'WORK')
    const before = story.record
    const entry = { sequence: before.sequence + 1, at: 5, message: mailOf('BREAK', 99) }
    const { record, outbox } = crash(definition, before, entry, { message: 'guard broke' })
    expect(record).toMatchObject({
      exit: { reason: 'crash' },
      crashes: 1,
      poison: { count: 1, event: 'BREAK' },
    })
    for (const part of ['snapshot', 'alarms', 'invocations', 'places'] as const)
      expect(record[part]).toBe(before[part])
    expect(outbox.add.map(({ effect }) => effect.kind)).toEqual(['children', 'exit'])
    expect(outbox.remove).toEqual([])
  })
})

describe('crashes', () => {
  const entry = (number: number) => ({ sequence: 2, at: 0, message: mailOf('BREAK', number) })
  const alive = ({ exit: _, ...record }: ActorRecord): ActorRecord => record

  it('on one message are counted, and begin at one with another message', () => {
    let { record } = new Story()
    for (const [number, count] of [
      [1, 1],
      [1, 2],
      [1, 3],
      [2, 1],
      [1, 1],
    ] as const) {
      record = alive(crash(definition, record, entry(number), { message: 'x' }).record)
      expect(record.poison?.count).toBe(count)
    }
    expect(record.crashes).toBe(5)
  })

  it('are forgotten as poison when a message is taken, and still counted', () => {
    const story = new Story()
    story.record = alive(crash(definition, story.record, entry(9), { message: 'x' }).record)
    story.mail('SAY')
    expect(story.record).not.toHaveProperty('poison')
    expect(story.record.crashes).toBe(1)
  })

  it('and kills report their end under keys of their own', () => {
    const { record } = new Story('KID')
    const keys = new Set<string>()
    let now = record
    for (let round = 0; round < 6; round += 1) {
      const ended =
        round % 2 === 0
          ? crash(definition, now, entry(1), { message: 'x' })
          : kill(definition, now, 0, 'noconnection')
      for (const { key } of ended.outbox.add) {
        expect(keys.has(key), key).toBe(false)
        keys.add(key)
      }
      now = alive(ended.record)
    }
  })

  it.each([
    ['timeout', 'timeout'],
    ['gave_up', 'crash'],
    [undefined, 'crash'],
  ])('with the code %s end as %s', (code, reason) => {
    const error = { message: 'x', ...(code !== undefined && { code }) }
    expect(crash(definition, new Story().record, entry(1), error).record.exit).toEqual({ reason, error })
  })

  it.each(['killed', 'timeout', 'noconnection'] as const)('by a kill end as %s', (reason) => {
    const { record } = kill(definition, new Story().record, 0, reason)
    expect(record.exit).toMatchObject({ reason, error: { code: reason } })
  })

  it('before the first message are reported as a failed start', () => {
    const first = { sequence: 1, at: 0, message: { kind: 'started', input: null } as const }
    const { outbox } = crash(definition, newRecord(identity), first, { message: 'x' })
    expect(outbox.add.at(-1)?.effect).toMatchObject({ kind: 'exit', start: true })
    const later = crash(definition, new Story().record, entry(1), { message: 'x' })
    expect(later.outbox.add.at(-1)?.effect).not.toHaveProperty('start')
  })
})

describe('the end of a machine', () => {
  const ending = (output: unknown, after?: string) => {
    const over = { type: 'final', output: () => output } as const
    const states = after === undefined ? { over } : { on: { on: { END: 'over' } }, over }
    const chart = {
      initial: after === undefined ? 'over' : 'on',
      states,
      output: ({ event }: { event: { output: unknown } }) => event.output,
    }
    const machine: AnyStateMachine = setup({}).createMachine(chart as never) as never
    const actor = defineActor({ kind: 'e', machine })
    let record = newRecord(identity)
    const messages: Message[] = [{ kind: 'started', input: null }, mailOf('END', 1)]
    let last: AdvanceResult | undefined
    for (const message of messages.slice(0, after === undefined ? 1 : 2)) {
      last = advance(actor, record, { sequence: record.sequence + 1, at: 0, message })
      record = last?.record ?? record
    }
    return last
  }

  it('is normal, with its output', () => {
    expect(ending({ n: 1 }, 'END')?.record.exit).toEqual({ reason: 'normal', output: { n: 1 } })
    expect(ending({ n: 1 })?.record.exit).toEqual({ reason: 'normal', output: { n: 1 } })
  })

  it('is a shutdown when its output says so, at once or later', () => {
    expect(ending(shutdown('enough'), 'END')?.record.exit).toEqual({ reason: 'shutdown', output: 'enough' })
    expect(ending(shutdown('enough'))?.record.exit).toEqual({ reason: 'shutdown', output: 'enough' })
  })

  it('is no start when its first state is final and ignores it', () => {
    const ended = ending(ignore)
    expect(ended?.record.exit).toEqual({ reason: 'normal', ignored: true })
    expect(ended?.outbox.add.at(-1)?.effect).toMatchObject({ kind: 'exit', start: true })
  })
})

describe('message ids and event types', () => {
  const event = { type: 'HELLO' }
  const failed = { kind: 'failed', error: { message: 'x' } } as const
  const child = { child: 'kid', incarnation: 2, birth: 'b' }
  const table: [Message, string, string][] = [
    [{ kind: 'started', input: 1 }, 'started', 'xstate.init'],
    [mailOf('HELLO', 3), 'p/0/3@a', 'HELLO'],
    [outside('HELLO', 4), '4', 'HELLO'],
    [{ kind: 'outcome', key: 'k', invocation: 'w', outcome: failed }, 'k', 'xstate.error.actor.w'],
    [
      { kind: 'outcome', key: 'k', invocation: 'w', outcome: { kind: 'done', output: 1 } },
      'k',
      'xstate.done.actor.w',
    ],
    [{ kind: 'alarm', id: 'tick', deadline: 5, event }, 'tick@5', 'HELLO'],
    [{ kind: 'refused', key: 'k', to: 'b', event, reason: 'r' }, 'k', 'canopy.refused'],
    [{ kind: 'exited', ...child, exit: { reason: 'normal' } }, 'kid#2', 'xstate.done.actor.kid'],
    [{ kind: 'exited', ...child, exit: { reason: 'shutdown' } }, 'kid#2', 'xstate.error.actor.kid'],
    [{ kind: 'begun', ...child }, 'kid#2+', 'canopy.begun'],
    [{ kind: 'call', id: 'c', request: { kind: 'deleteChild', child: 'kid' } }, 'c', 'canopy.deleteChild'],
  ]

  it.each(table)('of %j are %s and %s', (message, id, type) => {
    expect(messageId(message)).toBe(id)
    expect(eventType(message)).toBe(type)
  })

  it('are the same for each redelivery, and differ between the messages of one actor', () => {
    const ids = table.map(([message]) => messageId(JSON.parse(JSON.stringify(message))))
    expect(ids).toEqual(table.map(([message]) => messageId(message)))
    expect(messageId({ kind: 'exited', ...child, exit: { reason: 'normal' } })).not.toBe(
      messageId({ kind: 'begun', ...child }),
    )
  })
})

describe('any order of mail', () => {
  it('in any order and number of copies is heard once each', () => {
    const copies = fc.array(fc.tuple(fc.constantFrom('p', 'q'), fc.integer({ min: 1, max: 12 })), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(copies, (all) => {
        const story = new Story()
        const expected: string[] = []
        const seen = new Set<string>()
        for (const [address, number] of all) {
          const type = `${address}${number}`
          story.take(mailOf(type, number, address))
          if (!seen.has(type)) expected.push(type)
          seen.add(type)
        }
        expect(story.record.snapshot.context.heard).toEqual(expected)
        expect(story.record.sequence).toBe(1 + expected.length)
      }),
      { numRuns: 100 },
    )
  })
})
