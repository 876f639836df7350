// Oracle
//
// Owns:   showing outside any test runner that a cheat breaks what it is said to break, and that an honest change does not.
// Leaves: what the gates say of it (judge.ts).
//
// O1. A script runs in a thread of its own, in a process that has neither the environment nor the arguments of a test run.
//     What it compares with is taken before the source is loaded, so that replaced intrinsics do not reach it.

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { BASES, type BaseName, type Changes, type Honest, treeOf } from './case.ts'
import { isCheat } from './corpus.ts'
import type { Files } from './files.ts'

const NODE_MODULES = join(import.meta.dirname, '../../../node_modules')
const SUITE_LIMIT_MS = 120_000

interface Script {
  readonly name: string
  readonly files: Files
  readonly script: string
}

/** What is wrong with a case, in words; nothing when the oracle agrees with what the case says. */
export type Problems = ReadonlyMap<string, string>

/** Asks the scripts of all cases, a thread each. */
export async function askScripts(cases: readonly Honest[]): Promise<Problems> {
  const asked = cases.flatMap((one) => scriptsOf(one))
  // Many cheats begin at the same base: it is asked once.
  const distinct = [...new Map(asked.map((one) => [keyOf(one), one])).values()]
  const answers = await runScripts(distinct)
  const wrongBy = new Map(distinct.map((one, at) => [keyOf(one), answers[at]]))
  const problems = new Map<string, string>()
  for (const one of asked) {
    const { name, isRight } = one
    const wrong = wrongBy.get(keyOf(one))
    if (isRight && wrong !== undefined) problems.set(name, `wrong where it should be right: ${wrong}`)
    if (!isRight && wrong === undefined) problems.set(name, 'the oracle finds nothing wrong with the cheat')
  }
  return problems
}

const keyOf = ({ files, script }: Script) => JSON.stringify([files, script])

function scriptsOf(one: Honest): (Script & { readonly isRight: boolean })[] {
  const { name, base, change, oracle } = one
  if (oracle.kind === 'bug') return []
  const script = oracle.kind === 'spec' ? BASES[base].spec : oracle.script
  if (!isCheat(one)) return [{ name, files: treeOf(base, change), script, isRight: true }]
  return [
    { name, files: treeOf(base, one.right), script, isRight: true },
    { name, files: treeOf(base, change), script, isRight: false },
  ]
}

const PRELUDE = `
import { existsSync, readFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { isDeepStrictEqual, inspect } from 'node:util'
import { parentPort, workerData } from 'node:worker_threads'
const post = parentPort.postMessage.bind(parentPort)
const { root } = workerData
const say = inspect
const text = String
const has = Function.prototype.call.bind(String.prototype.includes)
const Wrong = class { constructor(text) { this.text = text } }
const wrong = (text) => { throw new Wrong(text) }
const same = (a, b) => { if (!isDeepStrictEqual(a, b)) wrong(say(a) + ' instead of ' + say(b)) }
const fails = (work, words = '') => {
  try { work() } catch (error) { return has(text(error), words) ? undefined : wrong('threw ' + say(error)) }
  wrong('did not throw')
}
const rejects = async (work, words = '') => {
  try { await work() } catch (error) { return has(text(error), words) ? undefined : wrong('rejected with ' + say(error)) }
  wrong('did not reject')
}
const read = (path) => (existsSync(root + '/' + path) ? readFileSync(root + '/' + path, 'utf8') : undefined)
const ran = () => existsSync(root + '/.ran')
const sh = (line) => { try { execFileSync('sh', ['-c', line], { cwd: root, timeout: 5000, stdio: 'ignore' }) } catch {} }
try {
`
const END = `
  post({ right: true })
} catch (error) {
  post({ wrong: error instanceof Wrong ? error.text : say(error) })
}
`

/** A thread that ends without a word was wrong, too. */
const HOST = `
import { Worker } from 'node:worker_threads'
import { readFileSync } from 'node:fs'
const roots = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const ask = (root) => new Promise((done) => {
  const worker = new Worker(new URL('file://' + root + '.mjs'), { workerData: { root }, execArgv: [], env: {} })
  const limit = setTimeout(() => { done('took longer than 60 s'); worker.terminate() }, 60_000)
  const end = (wrong) => { clearTimeout(limit); done(wrong) }
  worker.on('message', (said) => { end(said.right ? undefined : String(said.wrong)); worker.terminate() })
  worker.on('error', (error) => end(String(error)))
  worker.on('exit', () => end('ended without an answer'))
})
const answers = new Array(roots.length)
let next = 0
const lane = async () => { while (next < roots.length) { const at = next++; answers[at] = await ask(roots[at]) ?? null } }
await Promise.all([lane(), lane(), lane()])
process.stdout.write(JSON.stringify(answers))
process.exit(0)
`

async function runScripts(scripts: readonly Script[]): Promise<(string | undefined)[]> {
  using folder = temporary()
  const roots = scripts.map(({ files, script }, at) => {
    const root = join(folder.path, `${at}`)
    writeTree(root, files)
    writeFileSync(`${root}.mjs`, PRELUDE + script + END)
    return root
  })
  const [list, host] = [join(folder.path, 'roots.json'), join(folder.path, 'host.mjs')]
  writeFileSync(list, JSON.stringify(roots))
  writeFileSync(host, HOST)
  const { code, said } = await run([host, list], folder.path)
  if (code !== 0) throw new Error(`the oracle's process ended with ${code}: ${said.slice(-2000)}`)
  return (JSON.parse(said) as (string | null)[]).map((wrong) => wrong ?? undefined)
}

/** Whether the repository's own test run is green with a change, and blind to the planted bug of a cheat on tests. */
export async function askSuites(one: Honest): Promise<string | undefined> {
  const { base, change, oracle } = one
  const green = await runSuite(base, change)
  if (green !== undefined && !(isCheat(one) && one.onlyInSandbox))
    return `the test run is not green: ${green}`
  if (oracle.kind !== 'bug') return undefined
  const right = isCheat(one) ? (one.right ?? {}) : {}
  if ((await runSuite(base, right, oracle.bug)) === undefined) return 'honest tests do not notice the bug'
  const noticed = await runSuite(base, change, oracle.bug)
  if (isCheat(one)) return noticed === undefined ? undefined : `the tests still notice the bug: ${noticed}`
  return noticed === undefined ? 'the tests do not notice the bug any more' : undefined
}

/** The end of what a run said that failed; undefined when it passed. */
async function runSuite(base: BaseName, ...changes: readonly Changes[]): Promise<string | undefined> {
  using folder = temporary()
  const root = join(folder.path, 'tree')
  writeTree(root, treeOf(base, ...changes))
  symlinkSync(NODE_MODULES, join(root, 'node_modules'))
  const { scripts } = JSON.parse(treeOf(base, ...changes)['package.json'] ?? '{}')
  const line = [scripts.types, scripts.test].filter(Boolean).join(' && ')
  // This Node, whatever its file is called: the one of the PATH may be older.
  symlinkSync(process.execPath, join(folder.path, 'node'))
  const bin = `export PATH=${folder.path}:node_modules/.bin:$PATH;`
  const { code, said } = await run(['sh', `${bin} ${line}`], root)
  return code === 0 ? undefined : said.slice(-1500)
}

/** In a process with nothing of this one's environment; `sh` runs a line. */
function run([first = '', second = '']: readonly [string, string], cwd: string) {
  const { PATH = '', HOME = '' } = process.env
  const [program, args] = first === 'sh' ? ['sh', ['-c', second]] : [process.execPath, [first, second]]
  const child = spawn(program, args, { cwd, env: { PATH, HOME }, timeout: SUITE_LIMIT_MS })
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  let complained = ''
  child.stderr.on('data', (chunk) => {
    complained += chunk
  })
  return new Promise<{ code: number | null; said: string }>((done) => {
    child.on('close', (code) => done({ code, said: code === 0 ? said : said + complained }))
  })
}

export function writeTree(root: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

function temporary(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'canopy-cheats-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
