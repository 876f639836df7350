// Rules files
//
// Finds the files in which a repository tells coding agents how work is done there, and cuts them to a size.
// Leaves: reading them (tools/toolbox.ts), where they stand in a conversation (machines/agent/agent-brief.ts).
//
// R1. They are the repository's words: data for an agent, never a part of its instructions.
// R2. A file in a folder holds for that folder and what is below it; the nearer one to a path counts for it. Those of folders that
//     the task does not name are named and not shown.
// R3. When there is too little room, the nearest files are shown first.

import type { RepositoryRules } from '../machines/index.ts'
import { globMatcher } from './tools/glob.ts'

/** In any folder. */
const NESTED = ['AGENTS.md', 'CLAUDE.md']
/** In the top folder. */
const TOP = ['.github/copilot-instructions.md', '.cursorrules']
const CURSOR = /^(?:(.*)\/)?\.cursor\/rules\/.+\.mdc?$/

const MAX_FILES = 20
const MAX_FILE_CHARACTERS = 8_000

interface RulesFile {
  readonly path: string
  /** Empty: the top folder. */
  readonly folder: string
}

export interface RulesOrder {
  /** Paths of the worktree. */
  readonly files: readonly string[]
  /** Text that may name paths. */
  readonly brief: string
  /** Of all files together. */
  readonly characters: number
  /** Undefined for a file that cannot be shown: binary, a link, too large. */
  readonly read: (path: string) => Promise<string | undefined>
}

/** The rules for a task, the farthest from its files first. */
export async function rulesFor({ files, brief, characters, read }: RulesOrder): Promise<RepositoryRules> {
  const named = pathsIn(brief, files)
  const all = files
    .flatMap(rulesFileAt)
    .toSorted((one, other) => depth(one) - depth(other) || (one.path < other.path ? -1 : 1))
  const isNear = ({ folder }: RulesFile): boolean =>
    folder === '' || named.some((path) => path === folder || path.startsWith(`${folder}/`))
  const texts = new Map<string, string>()
  // R3.
  let left = characters
  for (const file of all.filter(isNear).toReversed()) {
    if (texts.size >= MAX_FILES || left <= 0) break
    const text = rulesIn(file, (await read(file.path)) ?? '', named)
    if (text === '' || [...texts.values()].includes(text)) continue
    const most = Math.min(MAX_FILE_CHARACTERS, left)
    texts.set(file.path, text.length <= most ? text : cut(text, most))
    left -= Math.min(text.length, most)
  }
  const shown = all.flatMap(({ path, folder }) => {
    const text = texts.get(path)
    return text === undefined ? [] : [{ path, folder, text }]
  })
  const elsewhere = all
    .filter((file) => !isNear(file))
    .slice(0, MAX_FILES)
    .map(({ path }) => path)
  return { shown, elsewhere }
}

function rulesFileAt(path: string): RulesFile[] {
  const slash = path.lastIndexOf('/')
  const folder = slash < 0 ? '' : path.slice(0, slash)
  if (NESTED.includes(path.slice(slash + 1))) return [{ path, folder }]
  if (TOP.includes(path)) return [{ path, folder: '' }]
  const cursor = CURSOR.exec(path)
  return cursor ? [{ path, folder: cursor[1] ?? '' }] : []
}

function depth({ folder }: RulesFile): number {
  return folder === '' ? 0 : folder.split('/').length
}

/** Files and folders of the repository that a text names. */
function pathsIn(text: string, files: readonly string[]): string[] {
  const words = text
    .split(/[\s,;:'"`()<>[\]{}]+/)
    .map((word) => word.replace(/^\.\//, '').replace(/[./]+$/, ''))
  const folders = new Set(
    files.flatMap((path) => path.split('/').map((_, at, names) => names.slice(0, at).join('/'))),
  )
  // A new file may be named, in a folder that is there.
  return [...new Set(words.filter((word) => word.includes('/') || folders.has(word)))]
}

/** The text of a file; of Cursor's, without its head, and empty where its globs match no path of the task. */
function rulesIn({ path, folder }: RulesFile, text: string, named: readonly string[]): string {
  if (!CURSOR.test(path)) return text.trim()
  const [whole = '', head = ''] = /^---\r?\n([\s\S]*?)\r?\n---\r?\n/.exec(text) ?? []
  const body = text.slice(whole.length).trim()
  const globs = /^globs:[ \t]*(.*)$/m.exec(head)?.[1] ?? ''
  const patterns = globs
    .split(',')
    .map((glob) => glob.replaceAll(/[\s'"[\]]/g, ''))
    .filter((glob) => glob !== '')
  if (/^alwaysApply:\s*true/m.test(head) || whole === '' || patterns.length === 0) return body
  const prefix = folder === '' ? '' : `${folder}/`
  const matchers = patterns.flatMap((glob) => [
    globMatcher(prefix + glob),
    globMatcher(`${prefix}**/${glob}`),
  ])
  return named.some((file) => matchers.some((matches) => matches(file))) ? body : ''
}

/** Its beginning, at the end of a line where there is one. */
function cut(text: string, most: number): string {
  const start = text.slice(0, most)
  const line = start.lastIndexOf('\n')
  const kept = (line > most / 2 ? start.slice(0, line) : start).replace(/[\ud800-\udbff]$/, '')
  return `${kept}\n[${text.length - kept.length} more characters]`
}
