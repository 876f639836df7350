// Delegated
//
// Which packages of a repository a command runs a script of: `npm test -ws`, `pnpm -r test`, `turbo run test`.
// Leaves: what those scripts come down to (suite-runs.ts).
//
// A selection that is not understood, such as one by changed files, makes no delegation: the command stays as it is.

import { posix } from 'node:path'
import { programOf } from './script-parts.ts'

export interface Delegation {
  /** The script that is run in each package. */
  readonly script: string
  /** `folder`: of the package, `name`: in its manifest. */
  readonly selects: (folder: string, name: string) => boolean
}

interface Selection {
  script?: string | undefined
  readonly into: string[]
  readonly out: string[]
}

type Words = readonly string[]

/** Undefined for a command that runs no script of other packages. */
export function delegationOf(words: Words): Delegation | undefined {
  const [first = '', ...rest] = words
  const read = READERS[programOf(first)]
  const found = read?.(rest)
  if (found?.script === undefined) return undefined
  const { script, into, out } = found
  if ([...into, ...out].some((pattern) => /\[|\.\.\.|\^/.test(pattern))) return undefined
  return {
    script,
    selects: (folder, name) =>
      (into.length === 0 || into.some((pattern) => isMeant(pattern, folder, name))) &&
      !out.some((pattern) => isMeant(pattern, folder, name)),
  }
}

function isMeant(pattern: string, folder: string, name: string): boolean {
  const path = pattern
    .replace(/^\{(.*)\}$/, '$1')
    .replace(/^\.\//, '')
    .replace(/\/+$/, '')
  return [name, folder].some((value) => value === path || posix.matchesGlob(value, path))
}

const READERS: Readonly<Record<string, (rest: Words) => Selection | undefined>> = {
  npm: (rest) => ofManager(rest, { everywhere: /^(?:-ws|--workspaces)$/, one: /^(?:-w|--workspace)$/ }),
  pnpm: (rest) => ofManager(rest, { everywhere: /^(?:-r|--recursive)$/, one: /^(?:-F|--filter)$/ }),
  yarn: ofYarn,
  lerna: (rest) => (rest[0] === 'run' ? ofRunner(rest.slice(1)) : undefined),
  'lerna-lite': (rest) => (rest[0] === 'run' ? ofRunner(rest.slice(1)) : undefined),
  turbo: (rest) => ofRunner(rest[0] === 'run' ? rest.slice(1) : rest),
  nx: (rest) => (rest[0] === 'run-many' ? ofNx(rest.slice(1)) : undefined),
}

const RUN = /^(?:run|run-script|rum|urn)$/
const TEST = /^(?:test|t|tst)$/

/** The values of these options, and the words that are neither options nor their values. */
function sorted(words: Words, valued: RegExp): { values: [name: string, value: string][]; plain: string[] } {
  const values: [string, string][] = []
  const plain: string[] = []
  for (let at = 0; at < words.length && words[at] !== '--'; at += 1) {
    const word = words[at] ?? ''
    const [name = '', value] = word.split(/=(.*)/s)
    if (!word.startsWith('-')) plain.push(word)
    else if (value !== undefined) values.push([name, value])
    else if (valued.test(name)) {
      at += 1
      values.push([name, words[at] ?? ''])
    } else values.push([name, ''])
  }
  return { values, plain }
}

function selection(script: string | undefined, patterns: Words, out: Words = []): Selection {
  const negated = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1))
  return { script, into: patterns.filter((pattern) => !pattern.startsWith('!')), out: [...out, ...negated] }
}

function ofManager(
  rest: Words,
  { everywhere, one }: { readonly everywhere: RegExp; readonly one: RegExp },
): Selection | undefined {
  const { values, plain } = sorted(rest, new RegExp(`${one.source}|^--(?:workspace-concurrency|loglevel)$`))
  const chosen = values.flatMap(([name, value]) => (one.test(name) ? [value] : []))
  if (chosen.length === 0 && !values.some(([name, value]) => everywhere.test(name) && value !== 'false'))
    return undefined
  const [verb = '', script] = plain
  if (RUN.test(verb)) return selection(script, chosen)
  return selection(TEST.test(verb) ? 'test' : [verb].find(isTestScript), chosen)
}

function ofYarn(rest: Words): Selection | undefined {
  const [verb, kind, ...more] = rest
  if (verb === 'workspace' && kind !== undefined)
    return selection(more[0] === 'run' ? more[1] : more[0], [kind])
  if (verb !== 'workspaces') return undefined
  if (kind === 'run')
    return selection(
      more.find((word) => !word.startsWith('-')),
      [],
    )
  if (kind !== 'foreach') return undefined
  const { values, plain } = sorted(more, /^(?:--include|--exclude|--from|-j|--jobs|--since)$/)
  if (values.some(([name]) => /^--(?:since|from)$/.test(name))) return undefined
  const of = (option: string) => values.flatMap(([name, value]) => (name === option ? [value] : []))
  return selection(plain[0] === 'run' ? plain[1] : plain[0], of('--include'), of('--exclude'))
}

/** Of lerna and turbo. */
function ofRunner(rest: Words): Selection | undefined {
  const { values, plain } = sorted(
    rest,
    /^(?:--(?:scope|ignore|filter|concurrency|cache-dir|output-logs|log-order|env-mode|since)|-F)$/,
  )
  if (values.some(([name]) => /^--(?:since|affected)$/.test(name))) return undefined
  const of = (options: RegExp) => values.flatMap(([name, value]) => (options.test(name) ? [value] : []))
  return selection(plain.find(isTestScript), of(/^(?:--scope|--filter|-F)$/), of(/^--ignore$/))
}

function ofNx(rest: Words): Selection | undefined {
  const { values, plain } = sorted(
    rest,
    /^(?:-t|--(?:targets?|projects|exclude|parallel|configuration|maxParallel))$|^-[pc]$/,
  )
  const of = (options: RegExp) =>
    values.flatMap(([name, value]) => (options.test(name) ? value.split(',') : []))
  const targets = [...of(/^(?:-t|--targets?)$/), ...plain]
  return selection(targets.find(isTestScript), of(/^(?:-p|--projects)$/), of(/^--exclude$/))
}

/** Of several tasks that of the tests counts: `turbo run lint test`. */
const isTestScript = (name: string) => /^tests?\b/.test(name)
