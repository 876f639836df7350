// Started files
//
// Finds changed files that are started by a file that runs by itself: by an installation script of `package.json`, a
// git hook, or a setting of an editor or a coding agent.
// Leaves: which files run by themselves (runs-by-itself.ts).
//
// Files that CI starts do not count: CI starts the tests, too, and these start everything.

import { jsonOf } from '../kernel/index.ts'
import type { Clone } from '../workspace/index.ts'

/** Scripts that run at installation, and before packing or publishing. */
const INSTALLING = /^(pre|post)?(install|prepare|prepublish(Only)?|prepack|pack|dependencies)$/
const SETTINGS = [':(glob)**/.*', ':(glob)**/.*/**', ':(glob)**/package.json']
/** Settings of CI, and files that only list files. */
const NOT_STARTING = [
  ...['.github/**', '.circleci/**', '.buildkite/**', '.forgejo/**', '.gitea/**', '.woodpecker/**'],
  ...['**/.gitlab-ci*', '.travis.yml', '.drone.yml', '.cirrus.yml', '**/.*ignore', '**/.gitattributes'],
].map((names) => `:(exclude,glob)${names}`)

/** The starting file by the path of the started one. `commit` is the judged commit. */
export async function startedFiles(
  clone: Clone,
  commit: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const names = [...new Set(paths.map(nameOf))]
  if (names.length === 0) return new Map()
  const words = names.flatMap((name) => ['-e', name])
  const args = ['grep', '-z', '--name-only', '-I', '--fixed-strings', ...words, commit, '--']
  const said = await clone.git([...args, ...SETTINGS, ...NOT_STARTING], { accept: [1] })
  const starters = said.split('\0').filter(Boolean)
  const found = new Map<string, string>()
  for (const starter of starters.map((each) => each.slice(commit.length + 1))) {
    const commands = commandsIn(starter, await clone.git(['show', `${commit}:${starter}`]))
    for (const path of paths)
      if (path !== starter && isNamed(path, starter, commands)) found.set(path, starter)
  }
  return found
}

const nameOf = (path: string) => withoutEnding(path.split('/').at(-1) ?? path)
const withoutEnding = (path: string) => path.replace(/(?<=[^/.])\.[^/.]+$/, '')

function commandsIn(starter: string, text: string): string {
  return /(^|\/)package\.json$/.test(starter) ? scriptsAtInstalling(text) : text
}

/** With the scripts that they call. */
function scriptsAtInstalling(manifest: string): string {
  const { scripts = {} } = (jsonOf(manifest) ?? {}) as { scripts?: Record<string, unknown> }
  const names = Object.keys(scripts).filter((name) => INSTALLING.test(name))
  for (const name of names) {
    const called = Object.keys(scripts).filter((other) => isWord(other, String(scripts[name])))
    names.push(...called.filter((other) => !names.includes(other)))
  }
  return names.map((name) => String(scripts[name])).join('\n')
}

/** Named by its path from the top folder, or from the folder of the starting file. */
function isNamed(path: string, starter: string, commands: string): boolean {
  const folder = starter.split('/').slice(0, -1).join('/')
  const inside = folder !== '' && path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : []
  const ways = [path, ...inside].flatMap((way) => [way, withoutEnding(way)])
  return ways.some((way) => isWord(way, commands))
}

function isWord(word: string, text: string): boolean {
  const escaped = word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  return new RegExp(`(^|[^\\w/-]|\\./)${escaped}(?![\\w/-]|\\.\\w)`).test(text)
}
