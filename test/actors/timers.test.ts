import { beforeEach, describe, expect, it } from 'vitest'
import { assign, fromPromise, setup } from 'xstate'
import { type ImplementationCall, Node, SimulatedClock } from '../../actors/index.ts'
import { defineActor, type Event, type Fact } from '../../kernel/index.ts'
import { openMemoryStore, type Store } from '../../persistence/index.ts'
import { type MemoryMail, openMemoryMail } from '../../transport/index.ts'
import { eventually } from '../eventually.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

const machine = setup({
  types: {} as { context: { rang: string[]; failed: string; done: number }; events: Event },
  actors: { work: fromPromise<number>(async () => 0) },
  delays: { absent: HOUR, anew: HOUR },
  actions: { ring: assign({ rang: ({ context }, name: string) => [...context.rang, name] }) },
}).createMachine({
  id: 'watch',
  context: { rang: [], failed: '', done: 0 },
  type: 'parallel',
  states: {
    a: {
      initial: 'x',
      states: { x: { after: { [HOUR]: 'y' } }, y: { entry: { type: 'ring', params: 'deadline' } } },
    },
    b: {
      initial: 'x',
      states: { x: { after: { absent: 'y' } }, y: { entry: { type: 'ring', params: 'remaining' } } },
    },
    c: {
      initial: 'x',
      states: { x: { after: { anew: 'y' } }, y: { entry: { type: 'ring', params: 'restart' } } },
    },
    work: {
      initial: 'idle',
      states: {
        idle: { on: { WORK: 'busy' } },
        busy: {
          on: { LEAVE: 'idle' },
          invoke: {
            src: 'work',
            id: 'work',
            onDone: { target: 'idle', actions: assign({ done: ({ context }) => context.done + 1 }) },
            onError: {
              target: 'idle',
              actions: assign({ failed: ({ event }) => (event.error as { code: string }).code }),
            },
          },
        },
      },
    },
  },
})

let store: Store
let clock: SimulatedClock
let mail: MemoryMail
let letters = 0

beforeEach(async () => {
  store = await openMemoryStore()
  clock = new SimulatedClock()
  mail = openMemoryMail({ mailboxLimit: 100 })
})

interface Watch {
  readonly node: Node
  readonly facts: Fact[]
}

async function boot(work: (call: ImplementationCall) => Promise<unknown> = async () => 1): Promise<Watch> {
  const facts: Fact[] = []
  const node = await Node.start({
    definitions: [
      defineActor({
        kind: 'watch',
        machine,
        timers: { absent: 'remaining', 'c.x': 'restart' },
        deadlines: { work: HOUR / 2 },
      }),
    ],
    root: { kind: 'watch', input: null },
    implementations: { work },
    store,
    mail,
    clock,
    tell: (fact) => facts.push(fact),
  })
  // Its timers are set when its first step is told, or when it is resumed.
  await eventually(() => facts.some(({ type }) => type === 'actor.stepped' || type === 'actor.resumed'))
  return { node, facts }
}

function tell(type: string): Promise<unknown> {
  letters += 1
  return mail.publish({ id: `letter-${letters}`, to: 'watch', from: null, event: { type } })
}

async function context(): Promise<{ rang: string[]; failed: string; done: number }> {
  return (await store.read('watch'))?.record.snapshot.context as never
}

async function rang(expected: string[]): Promise<void> {
  await eventually(async () => (await context()).rang.length >= expected.length, { what: expected.join() })
  expect((await context()).rang.toSorted()).toEqual(expected.toSorted())
}

describe('P7: after a day of absence', () => {
  it('a deadline rings at once, what was left is waited for, and a restarted timer begins anew', async () => {
    const first = await boot()
    clock.advance(HOUR / 2)
    // The moment when it was last there is written every few seconds.
    await eventually(async () => Number(await store.readMeta('seen')) === clock.now() || undefined)
    await first.node.stop(0)
    clock.jump(DAY)
    await boot()
    clock.advance(0)
    await rang(['deadline'])
    clock.advance(HOUR / 2 + 60_000)
    await rang(['deadline', 'remaining'])
    clock.advance(HOUR / 2)
    await rang(['deadline', 'remaining', 'restart'])
    clock.advance(DAY)
    await rang(['deadline', 'remaining', 'restart'])
  })

  it('without an absence all three ring when they are due', async () => {
    await boot()
    clock.advance(HOUR - 1)
    expect((await context()).rang).toEqual([])
    clock.advance(1)
    await rang(['deadline', 'remaining', 'restart'])
  })
})

describe('a policy', () => {
  it('for a name that is no delay and no state is refused', () => {
    expect(() => defineActor({ kind: 'watch', machine, timers: { absnet: 'remaining' } })).toThrow(
      'timers.absnet is neither a delay nor a state of the chart',
    )
  })
})

describe('an invocation', () => {
  const hangs = () => new Promise<never>(() => {})

  it('that takes longer than its deadline fails with code timeout and is aborted', async () => {
    let aborted = false
    const { facts } = await boot(({ signal }) => {
      signal.addEventListener('abort', () => {
        aborted = true
      })
      return hangs()
    })
    await tell('WORK')
    await eventually(() => facts.some((fact) => fact.type === 'effect.started'))
    clock.advance(HOUR / 2 - 1)
    expect((await context()).failed).toBe('')
    clock.advance(1)
    await eventually(async () => (await context()).failed === 'timeout')
    expect(aborted).toBe(true)
    const stored = await store.read('watch')
    expect(stored?.outbox).toEqual([])
    expect(stored?.alarms.map(({ id }) => id).filter((id) => id.includes('work'))).toEqual([])
  })

  it('whose state is left is cancelled, and what it brings back late changes nothing', async () => {
    const late = Promise.withResolvers<number>()
    const { facts } = await boot(() => late.promise)
    await tell('WORK')
    await eventually(() => facts.some((fact) => fact.type === 'effect.started'))
    await tell('LEAVE')
    await eventually(async () => (await store.read('watch'))?.outbox.length === 0)
    late.resolve(7)
    clock.advance(DAY)
    await rang(['deadline', 'remaining', 'restart'])
    expect(await context()).toMatchObject({ done: 0, failed: '' })
  })

  it('has its whole time again when it is run again after an absence', async () => {
    const first = await boot(hangs)
    await tell('WORK')
    await eventually(() => first.facts.some((fact) => fact.type === 'effect.started'))
    clock.advance(HOUR / 4)
    await first.node.stop(0)
    clock.jump(DAY)
    const second = await boot(hangs)
    await eventually(() => second.facts.some((fact) => fact.type === 'effect.started'))
    clock.advance(HOUR / 2 - 1)
    expect((await context()).failed).toBe('')
    clock.advance(1)
    await eventually(async () => (await context()).failed === 'timeout')
  })

  it('that nobody catches when its time is up ends its actor with the reason timeout', async () => {
    const careless = setup({ actors: { work: fromPromise<number>(async () => 0) } }).createMachine({
      invoke: { src: 'work', id: 'work' },
    })
    const facts: Fact[] = []
    const node = await Node.start({
      definitions: [defineActor({ kind: 'careless', machine: careless, deadlines: { work: 1_000 } })],
      root: { kind: 'careless', input: null },
      implementations: { work: hangs },
      store,
      mail,
      clock,
      tell: (fact) => facts.push(fact),
    })
    await eventually(() => facts.some((fact) => fact.type === 'effect.started'))
    clock.advance(1_000)
    expect(await node.ending).toMatchObject({ kind: 'ended', exit: { reason: 'timeout' } })
  })
})
