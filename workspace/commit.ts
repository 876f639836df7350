// Commit
//
// Makes commits from files and from other commits without a checkout. The same input gives the same hash each time.
//
// No clock is read: a commit is dated one second after its parent. No filter, hook or index takes part: one `git
// fast-import` writes blobs, tree, commit and ref.

import type { Clone } from './clone.ts'
import { withKeyLock } from './keyed-mutex.ts'

/** One path of a commit with its new content. */
export interface Content {
  readonly path: string
  readonly mode: string
  /** A blob that exists, or the bytes of a new one. */
  readonly blob: string | Uint8Array
}

/** One path that a commit changed. */
export interface Change extends Content {
  readonly status: string
  readonly blob: string
}

export interface CommitOrder {
  /** Points to the commit afterwards, wherever it pointed before. */
  readonly ref: string
  readonly parent: string
  readonly contents: readonly Content[]
  readonly message: string
}

export async function writeCommit(clone: Clone, order: CommitOrder): Promise<string> {
  const { time } = await clone.describe(order.parent)
  const when = `Canopy <canopy@localhost> ${time + 1} +0000`
  const lines = [
    `commit ${order.ref}\nmark :1\nauthor ${when}\ncommitter ${when}\n`,
    bytes(order.message),
    `from ${order.parent}\n`,
    ...order.contents.flatMap(modification),
    '\nget-mark :1\ndone\n',
  ]
  const input = Buffer.concat(lines.map((line) => (typeof line === 'string' ? Buffer.from(line) : line)))
  // Git refuses a ref that another process is writing.
  const written = await withKeyLock(`${clone.path} ${order.ref}`, () =>
    clone.git(['fast-import', '--quiet', '--done', '--force'], { input }),
  )
  return written.trim()
}

function modification({ path, mode, blob }: Content): (string | Uint8Array)[] {
  // Quoted as in C, because a name may begin with a quote or contain a line end.
  const name = `"${path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`
  if (mode === '000000') return [`D ${name}\n`]
  return typeof blob === 'string'
    ? [`M ${mode} ${blob} ${name}\n`]
    : [`M ${mode} inline ${name}\n`, bytes(blob)]
}

function bytes(content: string | Uint8Array): Uint8Array {
  const body = Buffer.from(content)
  return Buffer.concat([Buffer.from(`data ${body.length}\n`), body, Buffer.from('\n')])
}

/** The changes of a commit to its parent. */
export function changesOf(clone: Clone, commit: string): Promise<Change[]> {
  return changesBetween(clone, `${commit}^`, commit)
}

/** The differences between two trees. */
export async function changesBetween(clone: Clone, from: string, to: string): Promise<Change[]> {
  const raw = await clone.git(['diff-tree', '-r', '-z', '--no-renames', '--raw', from, to])
  const fields = raw.split('\0')
  const changes: Change[] = []
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [, mode = '', , blob = '', status = ''] = (fields[at] ?? '').split(' ')
    changes.push({ status, mode, blob, path: fields[at + 1] ?? '' })
  }
  return changes
}

/** The modes of the files of a commit at these paths, such as `100755`, by path. */
export async function modesAt(
  { clone }: { readonly clone: Clone },
  commit: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (paths.length === 0) return new Map()
  // A command line has room for so many; with more, all are listed.
  const some = paths.length <= MAX_LISTED ? ['--', ...paths] : []
  const entries = (await clone.git(['--literal-pathspecs', 'ls-tree', '-r', '-z', commit, ...some]))
    .split('\0')
    .filter(Boolean)
  return new Map(entries.map((entry) => [entry.slice(entry.indexOf('\t') + 1), entry.slice(0, 6)]))
}

const MAX_LISTED = 200

export interface GitObject {
  readonly blob: string
  readonly bytes: number
}

/** The objects behind names such as `<commit>:<path>`; undefined where there is none. */
export async function lookUp(clone: Clone, names: readonly string[]): Promise<(GitObject | undefined)[]> {
  const format = '--batch-check=%(objectname) %(objectsize)'
  const asked = await Promise.all(names.map((name) => (name.includes('\n') ? hashOf(clone, name) : name)))
  const said = await clone.git(['cat-file', format], { input: `${asked.join('\n')}\n` })
  const lines = said.split('\n')
  return names.map((_, at) => {
    const [, blob, size] = /^([0-9a-f]{40,}) (\d+)$/.exec(lines[at] ?? '') ?? []
    return blob === undefined ? undefined : { blob, bytes: Number(size) }
  })
}

/** A name over two lines would be two questions, and every later answer would belong to another name. */
async function hashOf(clone: Clone, name: string): Promise<string> {
  const found = await clone.git(['rev-parse', '--verify', '--quiet', name]).catch(() => '')
  return found.trim() || 'missing'
}
