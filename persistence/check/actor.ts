// One actor's check
//
// Owns:   checking that an actor's stored rows agree with each other and with this program.

import {
  type ActorDefinition,
  type ActorRecord,
  type Address,
  advance,
  migrated,
  newRecord,
} from '../../kernel/index.ts'
import type { ActorReads, Journals, StoredActor } from '../store.ts'
import type { Problem } from './problem.ts'

export interface Checking {
  readonly store: ActorReads & Journals
  readonly known: ReadonlyMap<string, ActorDefinition>
  readonly now: number
}

export interface ActorCheck {
  readonly entries: number
  readonly older: boolean
  readonly problems: readonly Problem[]
}

export async function checkActor(address: Address, { store, known, now }: Checking): Promise<ActorCheck> {
  const stored = await store.read(address)
  if (!stored) throw new Error('its record is missing')
  const definition = known.get(stored.record.kind)
  const problems: Problem[] = []
  const found = (code: string, message: string): void => {
    problems.push({ where: address, code, message })
  }
  const result = migrated(definition, stored.record, now)
  if (result.kind === 'refused') found(result.code, result.reason)
  disagreements(stored, found)
  const sameVersion = definition?.version === stored.record.version && result.kind === 'current'
  const entries = await checkJournal(stored.record, sameVersion ? definition : undefined, store, found)
  return { entries, older: result.kind === 'migrated', problems }
}

type ReportProblem = (code: string, message: string) => void

/** The record's timers and invocations must equal the stored alarms and outbox entries. */
function disagreements({ record, alarms, outbox }: StoredActor, found: ReportProblem): void {
  const set = new Map(alarms.map(({ id, deadline }) => [id, deadline]))
  for (const [id, deadline] of Object.entries(record.alarms)) {
    if (set.get(id) !== deadline)
      found('alarm', `its timer '${id}' differs between its record and the stored alarm`)
    set.delete(id)
  }
  for (const id of set.keys()) found('alarm', `a timer '${id}' is stored, but is not in its record`)
  const waiting = new Set(outbox.map(({ key }) => key))
  for (const [id, key] of Object.entries(record.invocations)) {
    if (!waiting.has(key)) found('outbox', `its invocation '${id}' is not in its outbox`)
  }
}

/**
 * Reads the journal, and steps it again when a definition of its version is given. Returns the number of entries
 * stepped.
 */
async function checkJournal(
  record: ActorRecord,
  definition: ActorDefinition | undefined,
  store: Journals,
  found: ReportProblem,
): Promise<number> {
  const { address, kind, version, parent, id, birth, incarnation } = record
  const base = await store.base(address)
  let folded = base ?? newRecord({ address, kind, version, parent, id, birth, incarnation })
  let last = folded.sequence
  let entries = 0
  for await (const entry of store.journal(address)) {
    if (entry.sequence !== last + 1) {
      found('journal', `its journal goes from ${last} to ${entry.sequence}`)
      return entries
    }
    last = entry.sequence
    if (!definition) continue
    try {
      folded = advance(definition, folded, entry)?.record ?? folded
    } catch (error) {
      found('journal', `its message ${entry.sequence} cannot be stepped again: ${(error as Error).message}`)
      return entries
    }
    entries += 1
  }
  if (last !== record.sequence)
    found('journal', `its journal ends at ${last}, its record at ${record.sequence}`)
  else if (definition) compare(folded, record, found)
  return entries
}

/** The fields that only steps change. Crashes and restarts are committed without a message and change the others. */
const stepped = ['snapshot', 'places', 'sent', 'outside'] as const

function compare(folded: ActorRecord, record: ActorRecord, found: ReportProblem): void {
  for (const name of stepped) {
    if (JSON.stringify(folded[name]) === JSON.stringify(record[name])) continue
    found('journal', `its journal does not fold to its ${name} as stored`)
  }
}
