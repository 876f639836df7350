// Trees
//
// The two trees of a split run: the tests' tree, in which each source module is a stub, and the source's tree, which
// has no tests.
//
// Tests and source read files of their own trees: data that a submission changes does not reach the tip's tests.

import type { Survey } from '../../machines/index.ts'
import {
  type Change,
  type Clone,
  type Content,
  changesBetween,
  lookUp,
  surveyAt,
  writeCommit,
} from '../../workspace/index.ts'
import { isAmongTests, isOfTests } from '../changed-tests.ts'
import { stubOf } from './stub.ts'

export interface SplitTrees {
  readonly tests: string
  readonly source: string
}

/** The commit of the tests and the commit of the source. */
export interface SplitCommits {
  readonly tests: string
  readonly source: string
}

export const MODULE = /(?<!\.d)\.[cm]?[jt]s$/
/** Other kinds of code, which can be neither stubbed nor loaded by Node. */
const OTHER_CODE = /\.(jsx|tsx|vue|svelte|astro|coffee|wasm|node)$/

const MAX_KEPT = 16
const made = new WeakMap<Clone, Map<string, Promise<SplitTrees | string>>>()

/** The trees, or why the source cannot be separated from the tests. Those of the last calls are kept. */
export function splitTrees(
  clone: Clone,
  survey: Survey,
  commits: SplitCommits,
): Promise<SplitTrees | string> {
  const kept = made.get(clone) ?? new Map<string, Promise<SplitTrees | string>>()
  made.set(clone, kept)
  const key = JSON.stringify([commits.tests, commits.source, survey.head, survey.runner, survey.modules])
  const trees = kept.get(key) ?? makeTrees(clone, survey, commits)
  kept.set(key, trees)
  trees.catch(() => kept.delete(key))
  for (const oldest of [...kept.keys()].slice(0, -MAX_KEPT)) kept.delete(oldest)
  return trees
}

async function makeTrees(clone: Clone, survey: Survey, commits: SplitCommits): Promise<SplitTrees | string> {
  const changes = await changesBetween(clone, commits.tests, commits.source)
  const other = changes.find(({ path }) => OTHER_CODE.test(path) && !isAmongTests(path))
  if (other !== undefined) return `${other.path} is of a type that Node cannot load`
  const stubs = await stubsOf(clone, await modulesOf(clone, survey, commits, changes), commits.source)
  if (typeof stubs === 'string') return stubs
  const tests = await writeTree(clone, commits.tests, await existing(clone, commits.tests, stubs))
  const hidden = (await pathsOf(clone, commits.source)).filter(isAmongTests)
  return { tests, source: await writeTree(clone, commits.source, hidden.map(gone)) }
}

/** Modules of either commit, and all code that differs between them. */
async function modulesOf(clone: Clone, survey: Survey, commits: SplitCommits, changes: readonly Change[]) {
  const [there, here] = await Promise.all([
    surveyAt(clone, survey, commits.tests),
    surveyAt(clone, survey, commits.source),
  ])
  const changed = changes.map(({ path }) => path).filter(isCode)
  const modules = [...there.modules, ...here.modules].filter((path) => MODULE.test(path))
  return [...new Set([...modules, ...changed])].sort()
}

/** Settings of tools are code that only the tools load. */
function isCode(path: string): boolean {
  return MODULE.test(path) && !isOfTests(path) && !SETTING.test(path)
}

const SETTING = /(^|\/)(\.[^/]+|[^/]*(\.(config|conf)|rc)\.[cm]?[jt]s)$/

const known = new WeakMap<Clone, Map<string, string>>()

/** A module that the source lacks is removed from the tests' tree, too. */
async function stubsOf(
  clone: Clone,
  modules: readonly string[],
  source: string,
): Promise<Content[] | string> {
  const found = await lookUp(
    clone,
    modules.map((path) => `${source}:${path}`),
  )
  const stubs = known.get(clone) ?? new Map<string, string>()
  known.set(clone, stubs)
  const contents: Content[] = []
  for (const [at, path] of modules.entries()) {
    const blob = found[at]?.blob
    if (blob === undefined) {
      contents.push(gone(path))
      continue
    }
    const key = `${blob} ${path}`
    const stub = stubs.get(key) ?? stubOf(path, await clone.git(['cat-file', 'blob', blob]))
    if (stub === undefined) return `the exports of ${path} cannot be read`
    stubs.set(key, stub)
    contents.push({ path, mode: '100644', blob: Buffer.from(stub) })
  }
  return contents
}

const gone = (path: string): Content => ({ path, mode: '000000', blob: '' })

/** Git refuses to remove a missing file. */
async function existing(clone: Clone, commit: string, contents: readonly Content[]): Promise<Content[]> {
  const there = new Set(await pathsOf(clone, commit))
  return contents.filter(({ path, mode }) => mode !== '000000' || there.has(path))
}

async function pathsOf(clone: Clone, commit: string): Promise<string[]> {
  return (await clone.git(['ls-tree', '-r', '-z', '--name-only', commit])).split('\0').filter(Boolean)
}

function writeTree(clone: Clone, parent: string, contents: readonly Content[]): Promise<string> {
  return writeCommit(clone, { ref: 'refs/canopy/split', parent, contents, message: 'split' })
}
