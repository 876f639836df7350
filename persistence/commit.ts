// Commit
//
// Owns:   the operations of one commit, as one list: the changed parts, the journal entry, timers and pending effects.
// Leaves: admitting the commit (fence.ts), the writing (batches.ts).
//
// A new birth of an address begins a new journal and new timers; its outbox keeps the effects that were decided before.

import { alarmOperations } from './alarms.ts'
import { baseOperations, basesKey, cutOff, isCheckpoint } from './bases.ts'
import type { Operation } from './database.ts'
import type { CommitPosition } from './fence.ts'
import { journalOperation } from './journal.ts'
import { actorKey, below, journalKey, under } from './keys.ts'
import { outboxOperations } from './outbox.ts'
import { recordOperations } from './snapshots.ts'
import type { Commit } from './store.ts'
import type { WriteAhead } from './write-ahead.ts'

/** `standing`: the actor's position before this commit; undefined for a new actor. */
export function commitOperations(commit: Commit, standing: CommitPosition | undefined): Operation[] {
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

/** Whether this commit deletes stored rows. */
export function removes(commit: Commit, standing: CommitPosition | undefined): boolean {
  const { before, after, rebase } = commit
  if (rebase || isCheckpoint(commit)) return true
  return standing !== undefined && (before === undefined || standing.birth !== after.birth)
}

/** The deletions of such a commit, which come first. */
export async function leftovers(
  rows: WriteAhead,
  commit: Commit,
  standing: CommitPosition | undefined,
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
