// Audit log
//
// Owns:   the files of the audit log of a data directory: `audit/000001.jsonl`, …; appending, and reading them in order.
// Leaves: what an entry is (chain.ts), showing it (cli/audit/).
//
// A1. Entries are only ever appended, by one process; a file that has grown large is followed by the next, and the chain goes
//     on. Nothing is removed.
// A2. An awaited entry is on the disk (fsync) when its promise resolves, and the head is in the store.
// A3. An entry that could not be written leaves no part of a line behind: the next one would be written after it.
// A4. A new run has a new store; until its first head is written, the store of the run before vouches for the log.
// A5. The head is written after each entry, so at most one entry is newer than the head that the store knows. More are told: only a
//     loss of power or a restored store explains them.

import { isUtf8 } from 'node:buffer'
import { type FileHandle, mkdir, open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemReason, UserError } from '../errors.ts'
import { type AuditBody, type AuditHead, auditHeadSchema, checkChain, EMPTY, nextLine } from './chain.ts'

const MAX_BYTES = 10 * 1024 * 1024
const FILE = /^\d{6}\.jsonl$/
const HEAD = 'audit'

/** The part of a store that keeps the head. */
interface HeadStore {
  readMeta(name: string): Promise<unknown>
  writeMeta(name: string, value: unknown): Promise<void>
}

export interface AuditLog {
  /** Resolves when it is durable (A2). */
  append(body: AuditBody): Promise<void>
  readonly head: AuditHead
  close(): Promise<void>
}

export function auditFolder(dataDirectory: string): string {
  return join(dataDirectory, 'audit')
}

/** The head that a store knows; undefined when nothing was audited under it. */
export async function headIn(store: Pick<HeadStore, 'readMeta'>): Promise<AuditHead | undefined> {
  return auditHeadSchema.safeParse(await store.readMeta(HEAD)).data
}

/** All lines of the log, in their order. Fails with `audit_unreadable`. */
export async function* linesOf(dataDirectory: string): AsyncGenerator<string> {
  const folder = auditFolder(dataDirectory)
  for (const name of await filesIn(folder).catch(unreadable(folder))) {
    const lines = linesIn(await readFile(join(folder, name)).catch(unreadable(folder)))
    // The end of a file that is whole.
    if (lines.at(-1) === '') lines.pop()
    yield* lines
  }
}

/** Decoding must not hide a changed byte: a line of damaged UTF-8 is read byte by byte, so that it fits no hash. */
function linesIn(bytes: Buffer): string[] {
  if (isUtf8(bytes)) return bytes.toString('utf8').split('\n')
  return bytes
    .toString('latin1')
    .split('\n')
    .map((line) => {
      const own = Buffer.from(line, 'latin1')
      return isUtf8(own) ? own.toString('utf8') : line
    })
}

function unreadable(folder: string): (error: unknown) => never {
  return (error) => {
    throw new UserError(
      'audit_unreadable',
      `the audit log in ${folder} cannot be read: ${systemReason(error)}`,
      'Make it readable for you, or use another data directory: --data DIR. No entry was changed.',
      { cause: error },
    )
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error) => (error.code === 'ENOENT' ? [] : Promise.reject(error)))
  return (names as string[]).filter((name) => FILE.test(name)).sort()
}

interface AuditLogOptions {
  readonly dataDirectory: string
  readonly store: HeadStore
  readonly now: () => number
  /** The head that the store of the run before knows; asked only when `store` has none (A4). */
  readonly headBefore?: () => Promise<AuditHead | undefined>
  /** Told when the log that is there is not the one that was written. */
  readonly trouble: (sentence: string) => void
}

export async function openAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const { dataDirectory, store, trouble } = options
  const folder = auditFolder(dataDirectory)
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch(unreadable(folder))
  await endTornLine(folder).catch(unreadable(folder))
  const known = (await headIn(store)) ?? (await options.headBefore?.())
  const checked = await checkChain(linesOf(dataDirectory), known)
  const log = new FileLog(options, checked.ok ? checked.head : await lastHead(dataDirectory))
  if (checked.ok) {
    tellUnknown(checked.head, known, trouble)
    await store.writeMeta(HEAD, checked.head)
  } else {
    const sentence = `the audit log in ${folder} was changed at line ${checked.line}: ${checked.reason}`
    trouble(sentence)
    await log.append({ ...OF_THE_LOG, what: 'damaged', detail: sentence })
  }
  return log
}

/** A5. */
function tellUnknown(
  { number }: AuditHead,
  known: AuditHead | undefined,
  trouble: (sentence: string) => void,
) {
  if (known === undefined || number <= known.number + 1) return
  trouble(
    `the audit log has ${number - known.number} entries after entry ${known.number}, the newest that the store knows: a loss of power or a restored store explains them, otherwise somebody has added them`,
  )
}

const OF_THE_LOG = { kind: 'log', who: 'main', by: null, to: null, ok: false, answer: '' } as const

/** What a crash cut off was never answered: it is ended, so that it is seen and nothing is written behind it. */
async function endTornLine(folder: string): Promise<void> {
  const last = (await filesIn(folder)).at(-1)
  if (last === undefined) return
  const path = join(folder, last)
  const text = await readFile(path)
  const end = text.lastIndexOf(0x0a) + 1
  if (end === text.length) return
  await using file = await open(path, 'r+')
  await file.truncate(end)
  await file.sync()
}

/** Of a log that is broken: new entries go on from the last line that can be read. */
async function lastHead(dataDirectory: string): Promise<AuditHead> {
  let head = EMPTY
  for await (const line of linesOf(dataDirectory)) {
    const [, number, hash] = /^\{"number":(\d+),.*"hash":"([0-9a-f]{64})"\}$/.exec(line) ?? []
    if (number !== undefined && hash !== undefined) head = { number: Number(number), hash }
  }
  return head
}

class FileLog implements AuditLog {
  readonly #options: AuditLogOptions
  #head: AuditHead
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: AuditLogOptions, head: AuditHead) {
    this.#options = options
    this.#head = head
  }

  get head(): AuditHead {
    return this.#head
  }

  append(body: AuditBody): Promise<void> {
    const next = this.#last.then(() => this.#append(body))
    this.#last = next.catch(() => {})
    return next
  }

  async close(): Promise<void> {
    await this.#last
  }

  async #append(body: AuditBody): Promise<void> {
    const { line, head } = nextLine(this.#head, this.#options.now(), body)
    await using file = await open(await this.#file(), 'a', 0o600)
    await appendLine(file, line)
    this.#head = head
    await this.#options.store.writeMeta(HEAD, head)
  }

  /** The newest file, or the one after it when that is full (A1). */
  async #file(): Promise<string> {
    const folder = auditFolder(this.#options.dataDirectory)
    // Its number, not how many there are: somebody may have removed one.
    const newest = (await filesIn(folder)).at(-1)
    if (newest === undefined) return join(folder, nameOf(1))
    const path = join(folder, newest)
    return (await sizeOf(path)) < MAX_BYTES ? path : join(folder, nameOf(Number.parseInt(newest, 10) + 1))
  }
}

/** A3. */
async function appendLine(file: FileHandle, line: string): Promise<void> {
  const { size } = await file.stat()
  try {
    await file.appendFile(`${line}\n`)
    await file.sync()
  } catch (error) {
    await file.truncate(size).catch(() => {})
    throw error
  }
}

function nameOf(number: number): string {
  return `${String(number).padStart(6, '0')}.jsonl`
}

async function sizeOf(path: string): Promise<number> {
  await using file = await open(path, 'r')
  return (await file.stat()).size
}
