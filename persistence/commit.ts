// Commit
//
// Owns:   what one commit writes, as one list of operations: the parts that changed, the journal's entry, timers
//         and pending effects.
// Leaves: whether it may (fence.ts), the writing (batches.ts).
//
// C1. A new life of an address begins a new journal and new timers; what is left in the outbox was decided and stays.

import { alarmOperations } from './alarms.ts'
import { baseOperations, basesKey, cutOff, isCheckpoint } from './bases.ts'
import type { Operation } from './database.ts'
import type { Standing } from './fence.ts'
import { journalOperation } from './journal.ts'
import { actorKey, below, journalKey, under } from './keys.ts'
import { outboxOperations } from './outbox.ts'
import { recordOperations } from './snapshots.ts'
import type { Commit } from './store.ts'
import type { WriteAhead } from './write-ahead.ts'

/** `standing`: where the actor stood before; undefined for a new one. */
export function commitOperations(commit: Commit, standing: Standing | undefined): Operation[] {
  const { address, epoch, after, entry } = commit
  const key = actorKey(address)
  const before = standing && commit.before
  const operations = recordOperations(
    under(key, 'record'),
    { before, after, epoch },
    epoch !== standing?.epoch,
  )
  if (entry) operations.push(journalOperation(journalKey(address), entry))
  if (commit.rebase || isCheckpoint(commit)) operations.push(...baseOperations(commit))
  operations.push(...alarmOperations(key, commit.alarms), ...outboxOperations(key, commit.outbox))
  return operations
}

/** Whether something is stored that goes with this commit. */
export function removes(commit: Commit, standing: Standing | undefined): boolean {
  const { before, after, rebase } = commit
  if (rebase || isCheckpoint(commit)) return true
  return standing !== undefined && (before === undefined || standing.birth !== after.birth)
}

/** What such a commit deletes first. */
export async function leftovers(
  rows: WriteAhead,
  commit: Commit,
  standing: Standing | undefined,
): Promise<Operation[]> {
  const { address, before, after, rebase } = commit
  const key = actorKey(address)
  const reborn = standing !== undefined && standing.birth !== after.birth
  const ranges = [
    ...(standing && before === undefined ? [under(key, 'record')] : []),
    ...(reborn ? [under(key, 'alarm')] : []),
    ...(reborn || rebase ? [journalKey(address), basesKey(address)] : []),
  ]
  const found = await Promise.all(ranges.map((range) => rows.deletions(below(range))))
  if (!reborn && !rebase && isCheckpoint(commit)) found.push(await cutOff(rows, address))
  return found.flat()
}
