// Script parts
//
// The commands that `npm test` comes down to: other scripts are followed with their `pre` and `post` scripts, and
// wrappers (`cross-env`, `c8`, `npx`, `run-s`) are taken off.
// Leaves: which of them run tests (test-plan.ts), splitting a line (shell-words.ts).
//
// A script is never run here.

import { shellWord } from '../../machines/index.ts'
import { pipelinesIn, type ShellWord } from './shell-words.ts'

export type Scripts = Readonly<Record<string, string>>

export interface ScriptPart {
  /** The script that has it, such as `pretest`. */
  readonly script: string
  /** Variables that are set for it. */
  readonly env: Readonly<Record<string, string>>
  /** The program and its arguments, without wrappers; empty when the line is not understood. */
  readonly words: readonly ShellWord[]
  /** Shell text that runs this part alone, with its variables. */
  readonly line: string
}

interface Following {
  readonly scripts: Scripts
  readonly seen: ReadonlySet<string>
  readonly env: Readonly<Record<string, string>>
}

/** The parts in the order in which they run; none without that script. */
export function partsOf(scripts: Scripts, name = 'test'): ScriptPart[] {
  return follow({ scripts, seen: new Set(), env: {} }, name, [])
}

function follow(from: Following, name: string, more: readonly ShellWord[]): ScriptPart[] {
  const text = from.scripts[name]
  if (typeof text !== 'string' || from.seen.has(name)) return []
  const following = { ...from, seen: new Set([...from.seen, name]) }
  const own = partsIn(following, name, text, more)
  return [...follow(following, `pre${name}`, []), ...own, ...follow(following, `post${name}`, [])]
}

function partsIn(
  following: Following,
  script: string,
  text: string,
  more: readonly ShellWord[],
): ScriptPart[] {
  const { env } = following
  const pipelines = pipelinesIn(text)
  if (pipelines === undefined) {
    const line = [assignments(env), text, ...more.map(({ raw }) => raw)].filter(Boolean).join(' ')
    return [{ script, env, words: [], line }]
  }
  return pipelines.flatMap((pipeline, at) => {
    const isLast = at === pipelines.length - 1
    const words = isLast ? [...pipeline.words, ...more] : pipeline.words
    const line = isLast ? [pipeline.line, ...more.map(({ raw }) => raw)].join(' ') : pipeline.line
    return partsOfCommand(following, { script, words, line })
  })
}

interface OneCommand {
  readonly script: string
  readonly words: readonly ShellWord[]
  readonly line: string
}

function partsOfCommand(following: Following, { script, words, line }: OneCommand): ScriptPart[] {
  const bare = unwrap(words)
  const env = { ...following.env, ...bare.env }
  const calls = scriptCalls(bare.words, following.scripts)
  if (calls === undefined)
    return [
      { script, env, words: bare.words, line: [assignments(following.env), line].filter(Boolean).join(' ') },
    ]
  const here = { ...following, env }
  return calls.flatMap(({ name, more }) => follow(here, name, more))
}

const assignments = (env: Readonly<Record<string, string>>): string =>
  Object.entries(env)
    .map(([name, value]) => `${name}=${shellWord(value)}`)
    .join(' ')

const ASSIGNMENT = /^([A-Za-z_]\w*)=(.*)$/s

/** A command without what is put before a program to set variables, to find it or to measure it. */
function unwrap(given: readonly ShellWord[]): { words: readonly ShellWord[]; env: Record<string, string> } {
  const env: Record<string, string> = {}
  let words = given
  for (;;) {
    const [first, ...rest] = words
    if (first === undefined) return { words, env }
    const set = ASSIGNMENT.exec(first.value)
    if (set?.[1] !== undefined) {
      env[set[1]] = set[2] ?? ''
      words = rest
      continue
    }
    const inner = withoutWrapper(programOf(first.value), rest)
    if (inner === undefined || inner.length === 0) return { words, env }
    words = inner
  }
}

/** `mocha` of `./node_modules/.bin/mocha`. */
export const programOf = (word: string): string => word.split('/').at(-1) ?? word

const MEASURERS = new Set(['c8', 'nyc', 'monocart', 'mcr'])
/** Options of c8 and nyc whose value is the next word. */
const MEASURERS_VALUED =
  /^(-[rxneoi]|--(reporter|exclude|include|extension|reports-dir|report-dir|temp-directory|temp-dir|src|lines|branches|functions|statements|cwd|require|resolve|nycrc-path|config))$/
const LOOKERS_VALUED = /^(-p|--package|-e|-f|--env-file|--prefix)$/

function withoutWrapper(program: string, rest: readonly ShellWord[]): readonly ShellWord[] | undefined {
  if (program === 'cross-env' || program === 'env') return rest
  if (MEASURERS.has(program)) {
    const inner = afterOptions(rest, MEASURERS_VALUED)
    return /^(report|check-coverage|merge|instrument)$/.test(inner[0]?.value ?? '') ? undefined : inner
  }
  if (program === 'istanbul' && rest[0]?.value === 'cover')
    return afterOptions(rest.slice(1), MEASURERS_VALUED)
  if (/^(npx|pnpx|bunx)$/.test(program)) return afterOptions(rest, LOOKERS_VALUED)
  if (/^(npm|pnpm|yarn|bun)$/.test(program) && /^(exec|x|dlx)$/.test(rest[0]?.value ?? ''))
    return afterOptions(rest.slice(1), LOOKERS_VALUED)
  if (/^(dotenv|dotenvx|env-cmd)$/.test(program)) {
    const at = rest.findIndex(({ value }) => value === '--')
    return at >= 0 ? rest.slice(at + 1) : undefined
  }
  return undefined
}

function afterOptions(words: readonly ShellWord[], valued: RegExp): readonly ShellWord[] {
  let at = 0
  while (words[at]?.value.startsWith('-')) {
    const option = words[at]?.value ?? ''
    at += valued.test(option) ? 2 : 1
    if (option === '--') break
  }
  return words.slice(at)
}

interface ScriptCall {
  readonly name: string
  readonly more: readonly ShellWord[]
}

/** The scripts that a command runs; undefined for a command that runs none. */
function scriptCalls(words: readonly ShellWord[], scripts: Scripts): ScriptCall[] | undefined {
  const [first, ...rest] = words
  const program = programOf(first?.value ?? '')
  if (/^(npm|pnpm|yarn|bun)$/.test(program)) return callOfManager(program, rest, scripts)
  if (!/^(npm-run-all2?|run-s|run-p)$/.test(program)) return undefined
  const calls = rest.flatMap((word) => callsNamed(word, scripts))
  return calls.length === 0 ? undefined : calls
}

const RUN = new Set(['run', 'run-script', 'rum', 'urn'])
const QUIET = /^(-s|--silent|-q|--quiet|--if-present|--loglevel=\w+)$/

/** Options that lead to the scripts of other packages. */
const ELSEWHERE =
  /^(?:-w|-ws|-r|-F|-C|--(?:workspaces?|include-workspace-root|recursive|filter|dir|prefix|cwd)(?:=.*)?)$/

function callOfManager(
  program: string,
  rest: readonly ShellWord[],
  scripts: Scripts,
): ScriptCall[] | undefined {
  const words = rest.filter(({ value }, at) => !(at < 2 && QUIET.test(value)))
  const ours = words.slice(0, words.findIndex(({ value }) => value === '--') + 1 || undefined)
  if (ours.some(({ value }) => ELSEWHERE.test(value))) return undefined
  const [verb, ...after] = words
  const isRun = verb !== undefined && RUN.has(verb.value)
  const isTest = verb !== undefined && /^(test|t|tst)$/.test(verb.value)
  // Its own test runner.
  if (program === 'bun' && isTest) return undefined
  // npm has verbs of its own; the others run a script by its bare name.
  if (program === 'npm' && !isRun && !isTest) return undefined
  const name = isRun ? after.find(({ value }) => !QUIET.test(value)) : verb
  if (name === undefined) return undefined
  const script = isTest && scripts[name.value] === undefined ? 'test' : name.value
  if (scripts[script] === undefined) return undefined
  const behind = words.slice(words.indexOf(name) + 1)
  const dashes = behind.findIndex(({ value }) => value === '--')
  const more = dashes >= 0 ? behind.slice(dashes + 1) : program === 'npm' ? [] : behind
  return [{ name: script, more }]
}

/** `test:*` and `"lint -- --fix"`, as npm-run-all reads them. */
function callsNamed({ value }: ShellWord, scripts: Scripts): ScriptCall[] {
  if (value.startsWith('-')) return []
  const [pattern = ''] = value.split(' ')
  const more =
    pipelinesIn(value)?.[0]
      ?.words.slice(1)
      .filter((word) => word.value !== '--') ?? []
  const escaped = pattern.replace(/[.+^${}()|[\]\\?]/g, '\\$&')
  const matching = new RegExp(`^${escaped.replaceAll('**', '.+').replace(/(?<!\.)\*/g, '[^:]+')}$`)
  return Object.keys(scripts)
    .filter((name) => matching.test(name))
    .map((name) => ({ name, more }))
}
