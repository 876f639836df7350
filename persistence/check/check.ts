// Check
//
// Owns:   checking a whole store without changing it: whether it can be read, whether this program can go on with it,
//         whether each journal folds to its snapshot (promise P6).
// Leaves: showing the findings (cli/), repairs (people).
//
// One fault hides no other: every actor, dead letter and outcome is checked.
//
// The check reads a copy, in which it also tries the migrations from older formats.

import { z } from 'zod'
import type { ActorDefinition } from '../../kernel/index.ts'
import { buildStore } from '../backup/restore.ts'
import { verifyBackup } from '../backup/verify.ts'
import { partsOf, unescaped } from '../keys.ts'
import type { LocalStore } from '../local-store.ts'
import { openStore } from '../open.ts'
import type { StoreKeys } from '../seal.ts'
import type { StoreRows } from '../store.ts'
import { StoreError } from '../store-error.ts'
import { checkActor } from './actor.ts'
import { type Copy, copyStore, emptyPlace } from './copy.ts'
import type { Problem } from './problem.ts'

/** The result of a check: the number of checked things, and the problems. */
export interface CheckReport {
  readonly actors: number
  /** Journal entries that were stepped again. */
  readonly entries: number
  /** Actors of older versions that would be migrated. */
  readonly older: number
  readonly letters: number
  readonly kept: number
  readonly problems: readonly Problem[]
}

/** The options of a check: the definitions of all actors, the time in milliseconds since the Unix epoch, and the keys. */
export interface CheckOptions {
  readonly definitions: readonly ActorDefinition[]
  readonly now: number
  /** The keys of an encrypted store. */
  readonly keys?: StoreKeys | undefined
}

/** Checks a store that no process has open; rejects with a `StoreError` of code `locked` if one has. */
export async function checkStore(directory: string, options: CheckOptions): Promise<CheckReport> {
  return checkCopy(await copyStore(directory), directory, options)
}

/** Checks the store that a backup would restore; its own store may be in use. */
export async function checkBackup(backup: string, options: CheckOptions): Promise<CheckReport> {
  const verified = await verifyBackup(backup)
  if (verified.kind === 'damaged') {
    return { ...nothing, problems: [{ where: 'backup', code: 'damaged', message: verified.reason }] }
  }
  const copy = await emptyPlace(backup)
  await buildStore(copy.path, backup)
  return checkCopy(copy, backup, options)
}

/** Checks the copy, then removes it. */
async function checkCopy(copy: Copy, directory: string, options: CheckOptions): Promise<CheckReport> {
  try {
    const store = await openStore({ directory: copy.path, keys: options.keys })
    try {
      return await checkOpen(store, options)
    } finally {
      await store.close()
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    const message = error.message.replaceAll(copy.path, directory)
    return { ...nothing, problems: [{ where: 'store', code: error.code, message }] }
  } finally {
    await copy.remove()
  }
}

const nothing: CheckReport = { actors: 0, entries: 0, older: 0, letters: 0, kept: 0, problems: [] }

interface Contents {
  readonly actors: Set<string>
  /** Addresses that have a journal or a base. */
  readonly journals: Set<string>
  readonly kept: Set<string>
  readonly letters: Set<number>
  readonly turns: Set<string>
  readonly problems: Problem[]
}

async function checkOpen(store: LocalStore, { definitions, now }: CheckOptions): Promise<CheckReport> {
  const contents = await contentsOf(store)
  const { actors, journals, kept, letters, turns, problems } = contents
  const known = new Map(definitions.map((each) => [each.kind, each]))
  let [entries, older] = [0, 0]
  for (const address of actors) {
    const result = await reading(problems, address, () => checkActor(address, { store, known, now }))
    entries += result?.entries ?? 0
    older += result?.older ? 1 : 0
    problems.push(...(result?.problems ?? []))
  }
  for (const address of journals) {
    if (actors.has(address)) continue
    problems.push({ where: address, code: 'orphan', message: 'a journal without an actor' })
  }
  for (const key of kept) await reading(problems, `kept ${key}`, () => store.effectResult(key))
  for (const id of letters) await reading(problems, `dead letter ${id}`, () => store.deadLetter(id))
  for (const digest of turns) await reading(problems, `turn ${digest}`, () => checkTurn(store, digest))
  return { actors: actors.size, entries, older, letters: letters.size, kept: kept.size, problems }
}

async function checkTurn(store: LocalStore, digest: string): Promise<void> {
  const transcripts = store.transcripts(z.unknown())
  const { previous } = await transcripts.turn(digest)
  if (previous !== null) await transcripts.turn(previous)
}

async function contentsOf(store: StoreRows): Promise<Contents> {
  const contents: Contents = {
    actors: new Set(),
    journals: new Set(),
    kept: new Set(),
    letters: new Set(),
    turns: new Set(),
    problems: [],
  }
  for await (const [key, text] of store.snapshot()) sort(contents, key, text)
  return contents
}

function sort(
  { actors, journals, kept, letters, turns, problems }: Contents,
  key: string,
  text: string,
): void {
  const [kind = '', name] = partsOf(key)
  switch (kind) {
    case 'actor':
      actors.add(unescaped(name ?? ''))
      return
    case 'journal':
    case 'base':
      journals.add(unescaped(name ?? ''))
      return
    case 'kept':
      kept.add(unescaped(name ?? ''))
      return
    case 'letter':
      if (name !== undefined) letters.add(Number(name))
      return
    case 'turn':
      turns.add(name ?? '')
      return
    case 'fact':
    case 'begun':
    case 'reply':
    case 'part':
      if (!isJson(text)) problems.push({ where: key, code: 'unreadable', message: 'it is no JSON' })
      return
    case 'ahead':
      return
    default:
      problems.push({ where: key, code: 'unknown', message: 'Canopy stores no rows under this name' })
  }
}

async function reading<T>(
  problems: Problem[],
  where: string,
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    const reason =
      error instanceof StoreError && error.cause instanceof Error ? error.cause : (error as Error)
    problems.push({ where, code: 'unreadable', message: reason.message })
    return undefined
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
