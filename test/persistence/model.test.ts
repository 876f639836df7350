// The store against a model of plain maps: whatever is committed, settled, removed and opened again, and in whatever
// order, it reads as the model says.

import fc from 'fast-check'
import { MemoryLevel } from 'memory-level'
import { expect, test } from 'vitest'
import {
  type ActorRecord,
  type Alarm,
  type Effect,
  type OutboxEntry,
  type Outcome,
  PersistentMap,
} from '../../kernel/index.ts'
import {
  type Commit,
  type DeadLetter,
  type JournalEntry,
  type LetterReplay,
  type Store,
  storeKey,
} from '../../persistence/index.ts'
import { openLevel } from '../../persistence/open.ts'
import { all, newborn, step } from './actor.ts'

interface ModelActor {
  readonly record: ActorRecord
  readonly epoch: number
  readonly alarms: ReadonlyMap<string, Alarm>
  readonly outbox: readonly OutboxEntry[]
  readonly journal: readonly JournalEntry[]
}

const ADDRESSES = ['a', 'a.b', 'a!b', 'ä b'] as const
const address = fc.constantFrom(...ADDRESSES)
const id = fc.constantFrom('x', 'y', 'z!')
const commands = fc.array(
  fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({
        kind: fc.constant('step' as const),
        address,
        put: fc.array(fc.tuple(fc.nat({ max: 70 }), fc.nat()), { maxLength: 40 }),
        drop: fc.array(fc.nat({ max: 70 }), { maxLength: 10 }),
        field: fc.option(fc.oneof(fc.nat(), fc.string(), fc.constant(null)), { nil: undefined }),
        set: fc.array(id, { maxLength: 2 }),
        cancel: fc.array(id, { maxLength: 2 }),
        adds: fc.nat({ max: 2 }),
        removes: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('reborn' as const), address }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash' as const), address }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('newer' as const), address }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('settle' as const), address, at: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), address }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('letter' as const), to: address }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('replay' as const), at: fc.nat({ max: 5 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const), at: fc.nat({ max: 5 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('result' as const), key: address, n: fc.nat() }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('meta' as const), name: id, value: fc.option(fc.nat()) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
  ),
  { minLength: 5, maxLength: 40 },
)
type Command = (typeof commands extends fc.Arbitrary<infer Each> ? Each : never)[number]

class Model {
  readonly actors = new Map<string, ModelActor>()
  readonly letters = new Map<number, DeadLetter & { replay?: LetterReplay }>()
  readonly results = new Map<string, Outcome>()
  readonly meta = new Map<string, unknown>()
  #births = 0
  #letters = 0

  /** The commit of a command, after which the model has it. */
  commit(commit: Commit): Commit {
    const { address, epoch, after, entry, alarms, outbox } = commit
    const former = this.actors.get(address)
    const isReborn = former?.record.birth !== after.birth
    const timers = new Map(isReborn ? [] : former?.alarms)
    for (const each of alarms.cancelled) timers.delete(each)
    for (const each of alarms.set) timers.set(each.id, each)
    const waiting = [...(former?.outbox ?? []), ...outbox.add]
    this.actors.set(address, {
      record: after,
      epoch,
      alarms: timers,
      outbox: waiting.filter(({ key }) => !outbox.remove.includes(key)),
      journal: [...(isReborn ? [] : (former?.journal ?? [])), ...(entry ? [entry] : [])],
    })
    return commit
  }

  stepped(command: Command & { kind: 'step' }): Commit {
    const { address, put, drop, field, set, cancel, adds, removes } = command
    const former = this.actors.get(address)
    const before = former?.record ?? newborn(address, { tasks: PersistentMap.empty() })
    let tasks = (before.snapshot.context.tasks ?? PersistentMap.empty()) as PersistentMap<number>
    for (const [at, value] of put) tasks = tasks.set(`t${at}`, value)
    for (const at of drop) tasks = tasks.delete(`t${at}`)
    const { field: _, ...context } = before.snapshot.context
    const snapshot = {
      ...before.snapshot,
      context: { ...context, tasks, ...(field !== undefined && { field }) },
    }
    const sequence = before.sequence + 1
    const effect = (index: number): Effect => ({
      kind: 'mail',
      to: 'b',
      number: index,
      event: { type: 'GO' },
    })
    const add = Array.from({ length: adds }, (_, index) => ({
      key: `${address}/${before.birth}/${sequence}/${index}`,
      effect: effect(index),
    }))
    const cancelled = cancel.filter((each) => !set.includes(each))
    const alarm = (each: string): Alarm => ({
      ...{ id: each, event: { type: 'RING' }, deadline: sequence, delay: 1, policy: 'deadline' },
    })
    const remove = removes && former?.outbox[0] ? [former.outbox[0].key] : []
    const next = step(before, { snapshot })
    return this.commit({
      ...next,
      before: former?.record,
      epoch: former?.epoch ?? 1,
      alarms: { set: [...new Set(set)].map(alarm), cancelled },
      outbox: { add, remove },
    })
  }

  reborn(address: string): Commit | undefined {
    const former = this.actors.get(address)
    if (!former) return undefined
    this.#births += 1
    const birth = `n${this.#births}`
    const begun = { ...newborn(address, { tasks: PersistentMap.empty() }), birth }
    return this.commit({ ...step(begun), epoch: former.epoch })
  }

  /** A commit without a message: only bookkeeping changes, or the epoch. */
  kept(address: string, newer: boolean): Commit | undefined {
    const former = this.actors.get(address)
    if (!former) return undefined
    const { record, epoch } = former
    const { entry: _, ...rest } = step(record, {})
    const after = newer ? record : { ...record, crashes: (record.crashes ?? 0) + 1 }
    return this.commit({ ...rest, before: record, after, epoch: newer ? epoch + 1 : epoch })
  }

  letter(to: string): DeadLetter {
    this.#letters += 1
    const letter: DeadLetter = { at: this.#letters, to, reason: 'refused', message: { to } }
    this.letters.set(this.#letters, letter)
    return letter
  }
}

async function carryOut(store: Store, model: Model, command: Command): Promise<unknown> {
  switch (command.kind) {
    case 'step':
      return store.commit(model.stepped(command))
    case 'reborn':
    case 'crash':
    case 'newer': {
      const { address, kind } = command
      const commit = kind === 'reborn' ? model.reborn(address) : model.kept(address, kind === 'newer')
      return commit && store.commit(commit)
    }
    case 'settle': {
      const former = model.actors.get(command.address)
      const entry = former?.outbox[command.at % (former.outbox.length || 1)]
      if (!former || !entry) return undefined
      const outbox = former.outbox.filter((each) => each !== entry)
      model.actors.set(command.address, { ...former, outbox })
      return store.settle(command.address, [entry.key])
    }
    case 'remove':
      model.actors.delete(command.address)
      return store.remove(command.address)
    case 'letter':
      return store.addDeadLetter(model.letter(command.to))
    case 'replay': {
      const letter = model.letters.get(command.at)
      const replay: LetterReplay = { state: 'sent', at: command.at, attempt: 1 }
      if (letter) model.letters.set(command.at, { ...letter, replay })
      return store.noteReplay(command.at, replay)
    }
    case 'drop':
      model.letters.delete(command.at)
      return store.dropLetter(command.at)
    case 'result': {
      const outcome: Outcome = { kind: 'done', output: command.n }
      model.results.set(command.key, outcome)
      return store.saveEffectResult(command.key, outcome)
    }
    case 'meta':
      model.meta.set(command.name, command.value ?? undefined)
      return store.writeMeta(command.name, command.value ?? undefined)
    case 'reopen':
      return undefined
    default:
      return command satisfies never
  }
}

async function compare(store: Store, model: Model): Promise<void> {
  const listed = await all(store.actors())
  expect(listed.map(({ record }) => record.address).toSorted()).toEqual([...model.actors.keys()].toSorted())
  const many = await store.readMany(ADDRESSES)
  for (const address of ADDRESSES) {
    const known = model.actors.get(address)
    const stored = await store.read(address)
    expect(JSON.stringify(many.get(address))).toBe(JSON.stringify(stored))
    const inList = listed.find(({ record }) => record.address === address)
    expect(JSON.stringify(inList)).toBe(JSON.stringify(stored))
    expect(stored === undefined).toBe(known === undefined)
    if (!stored || !known) continue
    expect(plain(stored.record)).toEqual(plain(known.record))
    expect(stored.epoch).toBe(known.epoch)
    const timers = [...known.alarms.values()]
    expect(stored.alarms.toSorted(byId)).toEqual(timers.toSorted(byId))
    expect(stored.outbox.map(({ key }) => key).toSorted()).toEqual(
      known.outbox.map(({ key }) => key).toSorted(),
    )
    const own = ({ key }: OutboxEntry): boolean => key.startsWith(`${address}/${known.record.birth}/`)
    expect(stored.outbox.filter(own)).toEqual(known.outbox.filter(own))
    expect(stored.outbox.findLastIndex((each) => !own(each))).toBeLessThan(
      stored.outbox.findIndex(own) + (stored.outbox.some(own) ? 0 : stored.outbox.length + 1),
    )
    expect(await all(store.journal(address))).toEqual(known.journal)
  }
  const letters = [...model.letters].map(([id, letter]) => ({ id, ...letter }))
  expect(await all(store.deadLetters())).toEqual(letters)
  for (const { id } of letters) expect(await store.deadLetter(id)).toEqual(letters.find((l) => l.id === id))
  for (const [key, outcome] of model.results) expect(await store.effectResult(key)).toEqual(outcome)
  for (const [name, value] of model.meta) expect(await store.readMeta(name)).toEqual(value)
}

function byId(one: { id: string }, other: { id: string }): number {
  return one.id < other.id ? -1 : 1
}

function plain(record: ActorRecord): unknown {
  const tasks = record.snapshot.context.tasks as PersistentMap<number>
  return { ...JSON.parse(JSON.stringify(record)), tasks: Object.fromEntries(tasks) }
}

test.each([
  ['plain', undefined],
  ['encrypted', { current: storeKey(Buffer.alloc(32, 7)), older: [] }],
])('the %s store reads as the model says', async (_, keys) => {
  await fc.assert(
    fc.asyncProperty(commands, async (script) => {
      const level = new MemoryLevel<string, string>()
      const open = (): Promise<Store> =>
        openLevel(level as never, { directory: '(memory)', ...(keys && { keys }) })
      let store = await open()
      const model = new Model()
      const pending: Promise<unknown>[] = []
      for (const command of script) {
        pending.push(carryOut(store, model, command))
        if (command.kind !== 'reopen') continue
        await Promise.all(pending.splice(0))
        await compare(store, model)
        await store.close()
        store = await open()
      }
      await Promise.all(pending)
      await compare(store, model)
      await store.close()
      store = await open()
      await compare(store, model)
      await store.close()
    }),
    { numRuns: 60 },
  )
})
