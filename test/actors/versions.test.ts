// A program of a later version on what an earlier one stored: brought on, or refused and left untouched.
import { beforeEach, describe, expect, it } from 'vitest'
import { assign, fromPromise, setup } from 'xstate'
import { type Implementations, MigrationRefused, Node, SimulatedClock } from '../../actors/index.ts'
import { type ActorDefinition, advance, defineActor, type Event, type Fact } from '../../kernel/index.ts'
import { openMemoryStore, type Store } from '../../persistence/index.ts'
import { type MemoryMail, openMemoryMail } from '../../transport/index.ts'
import { eventually } from '../eventually.ts'
import { all, everything } from '../persistence/actor.ts'

let store: Store
let clock: SimulatedClock
let mail: MemoryMail
beforeEach(async () => {
  mail = openMemoryMail({ mailboxLimit: 100 })
  store = await openMemoryStore()
  clock = new SimulatedClock()
})

type Context = Record<string, unknown>

/** A counter whose busy state runs an invocation and a timer, under the names of its version. */
function chart(names: { idle: string; busy: string; count: string; invoked?: string }) {
  const { idle, busy, count, invoked } = names
  return setup({
    types: {} as { context: Context; events: Event },
    actors: { work: fromPromise<unknown, unknown>(async () => null) },
    delays: { soon: 5_000 },
  }).createMachine({
    id: 'counter',
    context: { [count]: 0 },
    initial: idle,
    states: {
      [idle]: {
        on: {
          GO: { target: busy, actions: assign(({ context }) => ({ [count]: Number(context[count]) + 1 })) },
        },
      },
      [busy]: {
        invoke: { src: 'work', input: { by: busy }, onDone: idle, ...(invoked && { id: invoked }) },
        after: { soon: idle },
      },
    },
  })
}

const first = { idle: 'idle', busy: 'busy', count: 'n' }
const second = { idle: 'idle', busy: 'working', count: 'count' }

const one = defineActor({ kind: 'counter', machine: chart(first) })
const two = defineActor({
  kind: 'counter',
  version: 2,
  machine: chart(second),
  migrate: (snapshot, from) => ({
    ...snapshot,
    value: snapshot.value === 'busy' ? 'working' : snapshot.value,
    context: { count: snapshot.context.n, from },
  }),
})

interface Running {
  readonly node: Node
  readonly facts: Fact[]
  readonly asked: { input: unknown; key: string; done: (output: unknown) => void }[]
  tell(type: string): Promise<void>
}

async function boot(definition: ActorDefinition): Promise<Running> {
  const [facts, asked]: [Fact[], Running['asked']] = [[], []]
  const work: Implementations[string] = ({ input, key, signal }) =>
    new Promise((done, fail) => {
      asked.push({ input, key, done })
      signal.addEventListener('abort', () => fail(new Error('stopped')))
    })
  const node = await Node.start({
    definitions: [definition],
    root: { kind: 'counter', input: null },
    implementations: { work },
    store,
    mail,
    clock,
    tell: (fact) => facts.push(fact),
  })
  const tell = async (type: string): Promise<void> => {
    const before = node.actors[0]?.sequence ?? 0
    await mail.publish({ id: `${before}/${type}`, to: 'counter', from: null, event: { type } })
    await eventually(() => (node.actors[0]?.sequence ?? 0) > before, { what: `step of ${type}` })
  }
  return { node, facts, asked, tell }
}

/** What version one left behind in its busy state. */
async function leftBusy(definition = one): Promise<string> {
  const { node, asked, tell } = await boot(definition)
  await tell('GO')
  await eventually(() => asked.length === 1, { what: 'invocation' })
  await node.stop(0)
  return everything(store)
}

describe('an older version', () => {
  it('is brought on when it comes back, and its work begins under the new names', async () => {
    await leftBusy()
    const { node, asked } = await boot(two)
    await eventually(() => asked.length === 1, { what: 'invocation' })
    expect(asked[0]).toMatchObject({ input: { by: 'working' }, key: expect.stringMatching(/!v2$/) })
    const stored = await store.read('counter')
    expect(stored?.record).toMatchObject({
      version: 2,
      snapshot: { value: 'working', context: { count: 1, from: 1 } },
    })
    expect(Object.keys(stored?.record.invocations ?? {})).toEqual(['0~counter~working'])
    expect(stored?.alarms.map(({ id }) => id)).toEqual([
      'canopy.deadline.0~counter~working',
      'xstate.after.soon.counter.working',
    ])
    expect(stored?.outbox.map(({ effect }) => effect)).toMatchObject([{ id: '0~counter~working' }])
    asked[0]?.done('ok')
    await eventually(() => node.actors[0]?.state === 'idle', { what: 'idle' })
    await node.stop(0)
  })

  it('has a journal that folds from what it was brought to (P6)', async () => {
    await leftBusy()
    const { node, asked, tell } = await boot(two)
    await eventually(() => asked.length === 1, { what: 'invocation' })
    asked[0]?.done('ok')
    await eventually(() => node.actors[0]?.state === 'idle', { what: 'idle' })
    await tell('GO')
    await node.stop(0)
    let folded = await store.base('counter')
    expect(folded).toMatchObject({ version: 2, sequence: 2 })
    for (const entry of await all(store.journal('counter'))) {
      folded = folded && (advance(two, folded, entry)?.record ?? folded)
    }
    const { record } = (await store.read('counter')) ?? {}
    expect(JSON.stringify(folded)).toBe(JSON.stringify(record))
    expect(record).toMatchObject({ sequence: 4, snapshot: { context: { count: 2 } } })
  })

  it('goes on with what runs when its place did not change', async () => {
    await leftBusy()
    const same = defineActor({
      kind: 'counter',
      version: 2,
      machine: chart(first),
      migrate: (snapshot) => ({ ...snapshot, context: { n: 40 } }),
    })
    const { node, asked, tell } = await boot(same)
    await eventually(() => asked.length === 1, { what: 'invocation' })
    expect(asked[0]?.key).not.toContain('!v2')
    asked[0]?.done('ok')
    await eventually(() => node.actors[0]?.state === 'idle', { what: 'idle' })
    await tell('GO')
    expect((await store.read('counter'))?.record.snapshot.context).toEqual({ n: 41 })
    await node.stop(0)
  })

  describe('whose invocation has a name of its own', () => {
    const named = (value: (old: unknown) => unknown) =>
      defineActor({
        kind: 'counter',
        version: 2,
        machine: chart({ ...second, invoked: 'job' }),
        migrate: (snapshot) => ({
          ...snapshot,
          value: value(snapshot.value) as string,
          context: { count: 1 },
        }),
      })
    const before = () =>
      leftBusy(defineActor({ kind: 'counter', machine: chart({ ...first, invoked: 'job' }) }))

    it('begins it anew in the state that it was moved to', async () => {
      await before()
      const { node, asked } = await boot(named(() => 'working'))
      await eventually(() => asked.length === 1, { what: 'invocation' })
      expect(asked[0]).toMatchObject({ input: { by: 'working' }, key: expect.stringMatching(/!v2$/) })
      expect((await store.read('counter'))?.outbox).toHaveLength(1)
      await node.stop(0)
    })

    it('drops it where no state is active that has it', async () => {
      await before()
      const { node, tell } = await boot(named(() => 'idle'))
      const stored = await store.read('counter')
      expect(stored?.record.invocations).toEqual({})
      expect(stored?.outbox).toEqual([])
      await tell('GO')
      expect(node.actors[0]?.state).toBe('working')
      await node.stop(0)
    })
  })

  it('is brought on once, also by who starts again', async () => {
    await leftBusy()
    await (await boot(two)).node.stop(0)
    const before = (await store.read('counter'))?.record
    await (await boot(two)).node.stop(0)
    expect((await store.read('counter'))?.record).toEqual(before)
  })
})

describe('is refused and left untouched:', () => {
  const v3 = { kind: 'counter', version: 3, machine: chart(first) } as const
  const cases: [string, ActorDefinition, string, RegExp][] = [
    [
      'an older version without migrate',
      defineActor(v3),
      'no_migration',
      /version 1, here counter has version 3.*migrate/,
    ],
    [
      'one whose migrate throws',
      defineActor({
        ...v3,
        migrate: () => {
          throw new Error('cannot')
        },
      }),
      'failed_migration',
      /its migrate threw: cannot/,
    ],
    [
      'one whose migrate returns a state that is not there',
      defineActor({ ...v3, migrate: (snapshot) => ({ ...snapshot, value: 'nowhere' }) }),
      'failed_migration',
      /no state "nowhere"/,
    ],
    [
      'one whose migrate returns what cannot be stored',
      defineActor({ ...v3, migrate: (snapshot) => ({ ...snapshot, context: { at: new Date(0) } }) }),
      'failed_migration',
      /context.at is of the class Date/,
    ],
    [
      'a state that this version does not have',
      defineActor({ kind: 'counter', machine: chart(second) }),
      'unknown_state',
      /no state "busy".*higher version/,
    ],
  ]

  it.each(cases)('%s', async (_, definition, code, message) => {
    // What another set of definitions looked at must be looked at again.
    const before = await leftBusy()
    await store.writeMeta('versions', undefined)
    const refused = await boot(definition).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(MigrationRefused)
    expect(refused).toMatchObject({ code, message: expect.stringMatching(message) })
    expect(await everything(store)).toBe(before)
  })

  it('a newer version', async () => {
    await leftBusy()
    await (await boot(two)).node.stop(0)
    const before = await everything(store)
    await expect(boot(one)).rejects.toMatchObject({
      code: 'newer_version',
      message: expect.stringMatching(/counter: stored as counter version 2, here counter has version 1/),
    })
    expect(await everything(store)).toBe(before)
  })

  it('a kind that nobody knows, before anything runs', async () => {
    await leftBusy()
    const { record } = (await store.read('counter')) ?? {}
    if (!record) throw new Error('no record')
    const address = 'counter.other'
    const stranger = { ...record, address, kind: 'stranger', parent: 'counter', id: 'other', sequence: 0 }
    const none = { alarms: { set: [], cancelled: [] }, outbox: { add: [], remove: [] } }
    await store.commit({ address, epoch: 1, before: undefined, after: stranger, ...none })
    const before = await everything(store)
    await expect(boot(two)).rejects.toMatchObject({
      code: 'unknown_kind',
      message: expect.stringMatching(/counter\.other: stored as stranger version 1/),
    })
    expect(await everything(store)).toBe(before)
  })
})
