// Versions
//
// Owns:   migrating stored actors of older programs before they run, and refusing those that this program cannot read.
// Leaves: migrating a record (kernel/definition/migrate.ts).
//
// All actors are checked before any runs: a store with one refused actor stays unchanged.
//
// A migration is a commit that begins a new journal (promise P6): this version cannot repeat the steps of older ones.
// The sequence goes on, so no idempotency key is used twice.

import { type ActorDefinition, type Address, migrated, type RefusedMigration } from '../kernel/index.ts'
import type { ActorCommits, ActorReads, Metadata, StoredActor } from '../persistence/index.ts'

type Definitions = ReadonlyMap<string, ActorDefinition>

/** The store holds actors that this program cannot resume. Nothing was changed. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused'
  readonly code: RefusedMigration

  constructor(code: RefusedMigration, reasons: readonly string[]) {
    const more =
      reasons.length > MAX_REASONS_SHOWN ? `\n(and ${reasons.length - MAX_REASONS_SHOWN} more)` : ''
    super(
      `this program cannot resume the stored actors:\n${reasons.slice(0, MAX_REASONS_SHOWN).join('\n')}${more}`,
    )
    this.code = code
  }
}

const MAX_REASONS_SHOWN = 5
const VERSIONS = 'versions'

/** Throws `MigrationRefused`. A store that the same versions checked before is not read again. */
export async function refuseStrangers(
  store: Pick<ActorReads, 'actors'> & Metadata,
  definitions: Definitions,
  now: number,
): Promise<void> {
  const here = Object.fromEntries([...definitions.values()].map(({ kind, version }) => [kind, version]))
  const seen = await store.readMeta(VERSIONS)
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
  await store.writeMeta(VERSIONS, here)
}

export interface StoredActorsOptions {
  readonly store: Pick<ActorReads, 'read' | 'readMany'> & Pick<ActorCommits, 'commit'>
  readonly definitions: Definitions
  readonly epoch: number
  now(): number
}

/** The stored actors, migrated to this version. All reads throw `MigrationRefused`. */
export class StoredActors {
  readonly #options: StoredActorsOptions

  constructor(options: StoredActorsOptions) {
    this.#options = options
  }

  async read(address: Address): Promise<StoredActor | undefined> {
    return this.current(await this.#options.store.read(address))
  }

  /** As they are stored: `current` migrates each when it is its turn. */
  readMany(addresses: readonly Address[]): Promise<ReadonlyMap<Address, StoredActor>> {
    return this.#options.store.readMany(addresses)
  }

  async current(stored: StoredActor | undefined): Promise<StoredActor | undefined> {
    if (!stored) return undefined
    const { store, definitions, epoch, now } = this.#options
    const result = migrated(definitions.get(stored.record.kind), stored.record, now())
    if (result.kind === 'refused') throw new MigrationRefused(result.code, [result.reason])
    if (result.kind === 'current') return stored
    const { record, alarms, outbox } = result.advanced
    const { address } = record
    await store.commit({
      address,
      epoch,
      before: stored.record,
      after: record,
      rebase: true,
      alarms,
      outbox,
    })
    return store.read(address)
  }
}
