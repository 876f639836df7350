// Write tests
//
// Owns:   the writer's steps, in order: analyse, search, verify, select, emit.
// Leaves: each of them.

import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { readSyntax } from './analyse/check.ts'
import { analyse, type ModuleAnalysis } from './analyse.ts'
import { type ConformingTest, conform } from './conform.ts'
import { addTests, titlesIn } from './emit/add-tests.ts'
import { noCasts } from './emit/casts.ts'
import type { Emitting } from './emit/emitting.ts'
import { readMarks, type Style } from './emit/style.ts'
import { emitTestFile } from './emit/test-file.ts'
import { find } from './find.ts'
import type { BranchEdge } from './instrument.ts'
import type { WriteReply, WriteRequest } from './request.ts'
import { select } from './select.ts'
import { specifierFor } from './specifier.ts'
import type { CaseFinding } from './tasks.ts'
import { verify } from './verify.ts'

export type Tell = (progress: { readonly stage: string; readonly executions?: number }) => void

export async function writeTests(request: WriteRequest, tell: Tell): Promise<WriteReply> {
  tell({ stage: 'analysing' })
  const analysed = analyse(request.root, request.module, request.runner)
  const [own] = analysed.modules
  if (own === undefined) return { kind: 'nothing', reason: `${request.module} could not be compiled` }
  const covered = coveredEdges(own.edges, request)
  tell({ stage: 'searching' })
  const { analysis, modules } = analysed
  const found = await find(
    { modules, analysis, seed: `${request.seed}:${request.module}`, budget: request.budget, covered },
    (executions) => tell({ stage: 'searching', executions }),
  )
  if (found.unloadable !== undefined)
    return { kind: 'nothing', reason: `the module cannot be loaded: ${found.unloadable}` }
  if (found.findings.length === 0) return { kind: 'nothing', reason: nothingToShow(analysed) }
  tell({ stage: 'verifying', executions: found.executions })
  const stable = await verify(found.findings, modules, analysis.importedClasses)
  return emit(request, analysed, stable, new Set(covered), {
    unstable: found.unstable + found.findings.length - stable.length,
    notes: found.notes,
  })
}

function nothingToShow({ analysis }: ModuleAnalysis): string {
  const isCallable = analysis.exports.some(({ kind, members }) => kind !== 'value' || members.length > 0)
  return isCallable
    ? 'no call of its exports showed anything that a test could assert'
    : 'it exports no function or class of its own'
}

function coveredEdges(edges: readonly BranchEdge[], request: WriteRequest): readonly number[] {
  const known = new Set(request.covered.map(({ line, column, arm }) => `${line}:${column}:${arm}`))
  return edges.flatMap((edge, number) =>
    edge.kind !== 'step' && known.has(`${edge.line}:${edge.column}:${edge.arm}`) ? [number] : [],
  )
}

/** A failure is the name of a test, or a sentence with it or its title between colons: `gate: file: name: message`. */
function hasFailed(failures: readonly string[], name: string, target: string): boolean {
  const title = name.startsWith(`${target} > `) ? name.slice(target.length + 3) : name
  const isMeant = (failure: string) =>
    failure === name || failure.includes(`: ${name}: `) || failure.includes(`: ${title}: `)
  return failures.some(isMeant)
}

interface SearchNotes {
  readonly unstable: number
  readonly notes: readonly string[]
}

function emit(
  request: WriteRequest,
  analysed: ModuleAnalysis,
  findings: readonly CaseFinding[],
  covered: ReadonlySet<number>,
  seen: SearchNotes,
): WriteReply {
  const existing = textOf(request.root, request.testFile)
  const labels = new Map(analysed.analysis.exports.map(({ name, label }) => [name, label]))
  const emitting = {
    runner: request.runner,
    style: styleFor(request),
    labels,
    importedClasses: importedClassesFor(request, analysed),
    ...(existing !== undefined && { taken: titlesIn(request.testFile, existing) }),
  }
  const { names } = emitTestFile(findings, { ...emitting, casts: () => noCasts })
  const usable = findings.filter(
    ({ test }, index) => !hasFailed(request.failures, names[index] ?? '', test.target),
  )
  const chosen = choose(usable, covered, request, emitting, analysed)
  if (chosen.findings.length === 0)
    return { kind: 'nothing', reason: 'existing tests take every branch that was found' }
  const file = placeIn(request, existing, chosen.emitted.source, analysed)
  if (file === undefined) {
    const message = `${request.testFile} is there, and the tests cannot be added to it`
    return { kind: 'failed', retryable: false, message }
  }
  return {
    kind: 'written',
    ...file,
    cases: [...chosen.emitted.names],
    branches: countBranches(analysed.modules[0]?.edges ?? [], chosen.findings, covered),
    dropped: {
      unstable: seen.unstable,
      failed: findings.length - usable.length,
      mistyped: chosen.refused.size,
      surplus: chosen.surplus,
    },
    notes: [
      ...seen.notes,
      ...[...chosen.refused].map(([{ test }, why]) => `a test of ${test.target} was left out: ${why}`),
    ],
  }
}

function textOf(root: string, path: string): string | undefined {
  return existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined
}

/** The new tests in the existing file, if there is one and they fit; else a file for themselves. */
function placeIn(
  { root, testFile, spareFile }: WriteRequest,
  existing: string | undefined,
  written: string,
  { check }: ModuleAnalysis,
): { readonly testFile: string; readonly source: string } | undefined {
  if (existing === undefined) return { testFile, source: written }
  const objections = /\.[cm]?tsx?$/.test(testFile) ? check : readSyntax
  const source = addTests(testFile, existing, written)
  if (source !== undefined && objections(testFile, source).length === 0) return { testFile, source }
  if (spareFile === undefined || existsSync(join(root, spareFile))) return undefined
  return { testFile: spareFile, source: written }
}

const MAX_CHOICES = 4

/** Selects until the compiler accepts all that is selected. */
function choose(
  usable: readonly CaseFinding[],
  covered: ReadonlySet<number>,
  request: WriteRequest,
  emitting: Omit<Emitting, 'casts'>,
  analysed: ModuleAnalysis,
): ConformingTest & { readonly surplus: number } {
  const refused = new Map<CaseFinding, string>()
  for (let choice = 1; ; choice++) {
    const selected = select(
      usable.filter((finding) => !refused.has(finding)),
      covered,
      request.mostPerTarget,
    )
    const conformed = conform(selected.findings, emitting, request.testFile, analysed.check)
    for (const [finding, why] of conformed.refused) refused.set(finding, why)
    if (conformed.refused.size === 0 || choice === MAX_CHOICES)
      return { ...conformed, refused, surplus: selected.surplus }
  }
}

function countBranches(
  edges: readonly BranchEdge[],
  findings: readonly CaseFinding[],
  covered: ReadonlySet<number>,
): { covered: number; total: number } {
  const taken = new Set([...findings.flatMap((finding) => finding.edges), ...covered])
  const branches = edges.flatMap(({ kind }, number) => (kind === 'step' ? [] : [number]))
  return { covered: branches.filter((number) => taken.has(number)).length, total: branches.length }
}

/** Where a test finds the classes of other modules that it makes instances of. */
function importedClassesFor(
  { root, testFile, runner }: WriteRequest,
  { analysis }: ModuleAnalysis,
): Emitting['importedClasses'] {
  return new Map(
    analysis.importedClasses.map(({ key, label, name, file }) => [
      key,
      { label, name, specifier: specifierFor(root, relative(root, file), testFile, runner) },
    ]),
  )
}

function styleFor(request: WriteRequest): Style {
  const source = readFileSync(join(request.root, request.module), 'utf8')
  const typed = /\.[cm]?tsx?$/.test(request.testFile)
  const isModule = /^\s*(import|export)\b/m.test(source)
  return {
    ...readMarks(source),
    typed,
    // Vitest loads test files as modules only.
    required: request.runner !== 'vitest' && (/\.c[jt]s$/.test(request.testFile) || (!typed && !isModule)),
    specifier: specifierFor(request.root, request.module, request.testFile, request.runner),
  }
}
