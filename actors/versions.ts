// Versions
//
// Owns:   that what older programs stored is brought on before it runs, and what this program cannot read is refused.
// Leaves: what a record becomes (kernel/definition/migrate.ts).
//
// V1. Everything is looked at before anything runs: a store with one actor that is refused is left untouched.
// V2. A migration is a commit of its own and begins the journal anew (promise P6): what older versions stepped cannot
//     be stepped again by this one. Its sequence goes on, so no idempotency key comes twice.

import { type ActorDefinition, type Address, migrated, type RefusedMigration } from '../kernel/index.ts'
import type { Store, StoredActor } from '../persistence/index.ts'

type Definitions = ReadonlyMap<string, ActorDefinition>

/** The store holds actors that this program cannot go on with. Nothing was changed. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused'
  readonly code: RefusedMigration

  constructor(code: RefusedMigration, reasons: readonly string[]) {
    const more = reasons.length > SHOWN ? `\n(and ${reasons.length - SHOWN} more)` : ''
    super(`the stored actors cannot go on in this program:\n${reasons.slice(0, SHOWN).join('\n')}${more}`)
    this.code = code
  }
}

const SHOWN = 5
const VERSIONS = 'versions'

/** Throws `MigrationRefused`. A store that the same versions looked at before is not read again. */
export async function refuseStrangers(store: Store, definitions: Definitions, now: number): Promise<void> {
  const here = Object.fromEntries([...definitions.values()].map(({ kind, version }) => [kind, version]))
  const seen = await store.readFact(VERSIONS)
  if (JSON.stringify(seen) === JSON.stringify(here)) return
  const refusals: { code: RefusedMigration; reason: string }[] = []
  for await (const { record } of store.actors()) {
    const result = migrated(definitions.get(record.kind), record, now)
    if (result.kind === 'refused') refusals.push(result)
  }
  const [first] = refusals
  if (first)
    throw new MigrationRefused(
      first.code,
      refusals.map(({ reason }) => reason),
    )
  await store.writeFact(VERSIONS, here)
}

export interface BringingOn {
  readonly store: Store
  readonly definitions: Definitions
  readonly epoch: number
  readonly now: number
}

/** What is stored of an actor, of this version. Throws `MigrationRefused`. */
export async function readCurrent(address: Address, on: BringingOn): Promise<StoredActor | undefined> {
  const stored = await on.store.read(address)
  return stored && current(stored, on)
}

/** The same, of what was read already. */
export async function current(
  stored: StoredActor,
  { store, definitions, epoch, now }: BringingOn,
): Promise<StoredActor | undefined> {
  const result = migrated(definitions.get(stored.record.kind), stored.record, now)
  if (result.kind === 'refused') throw new MigrationRefused(result.code, [result.reason])
  if (result.kind === 'current') return stored
  const { record, alarms, outbox } = result.advanced
  const { address } = record
  await store.commit({ address, epoch, before: stored.record, after: record, rebase: true, alarms, outbox })
  return store.read(address)
}
