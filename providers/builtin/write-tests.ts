// Write tests
//
// Owns:   the writer's steps, in order: analyse, search, verify, select, emit.
// Leaves: each of them.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Analysed, analyse } from './analyse.ts'
import { readMarks, type Style } from './emit/style.ts'
import { type Emitting, emitTestFile } from './emit/test-file.ts'
import { find } from './find.ts'
import type { Edge } from './instrument.ts'
import type { WriteReply, WriteRequest } from './request.ts'
import { select } from './select.ts'
import { specifierFor } from './specifier.ts'
import type { Finding } from './tasks.ts'
import { verify } from './verify.ts'

export type Tell = (progress: { readonly stage: string; readonly executions?: number }) => void

export async function writeTests(request: WriteRequest, tell: Tell): Promise<WriteReply> {
  tell({ stage: 'analysing' })
  const analysed = analyse(request.root, request.module)
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
  if (found.findings.length === 0)
    return { kind: 'nothing', reason: 'no call of its exports showed anything that a test could assert' }
  tell({ stage: 'verifying', executions: found.executions })
  const stable = await verify(found.findings, modules)
  return emit(request, analysed, stable, new Set(covered), {
    unstable: found.unstable + found.findings.length - stable.length,
    notes: found.notes,
  })
}

function coveredEdges(edges: readonly Edge[], request: WriteRequest): readonly number[] {
  const known = new Set(request.covered.map(({ line, column, arm }) => `${line}:${column}:${arm}`))
  return edges.flatMap((edge, number) =>
    edge.kind !== 'step' && known.has(`${edge.line}:${edge.column}:${edge.arm}`) ? [number] : [],
  )
}

function emit(
  request: WriteRequest,
  analysed: Analysed,
  findings: readonly Finding[],
  covered: ReadonlySet<number>,
  seen: { unstable: number; notes: readonly string[] },
): WriteReply {
  const style = styleFor(request)
  const labels = new Map(analysed.analysis.exports.map(({ name, label }) => [name, label]))
  const emitting: Emitting = { runner: request.runner, style, labels, casts: () => new Set() }
  const edges = analysed.modules[0]?.edges ?? []
  const failures = new Set(request.failures)
  const { names } = emitTestFile(findings, emitting)
  const usable = findings.filter((_, index) => !failures.has(names[index] ?? ''))
  const selected = select(usable, covered, request.mostPerTarget)
  if (selected.findings.length === 0)
    return { kind: 'nothing', reason: 'existing tests take every branch that was found' }
  const emitted = emitTestFile(selected.findings, emitting)
  const taken = new Set([...selected.findings.flatMap((finding) => finding.edges), ...covered])
  const branches = edges.flatMap(({ kind }, number) => (kind === 'step' ? [] : [number]))
  return {
    kind: 'written',
    source: emitted.source,
    cases: [...emitted.names],
    branches: { covered: branches.filter((number) => taken.has(number)).length, total: branches.length },
    dropped: {
      unstable: seen.unstable,
      failed: findings.length - usable.length,
      mistyped: 0,
      surplus: selected.surplus,
    },
    notes: [...seen.notes],
  }
}

function styleFor(request: WriteRequest): Style {
  const source = readFileSync(join(request.root, request.module), 'utf8')
  const typed = /\.[cm]?tsx?$/.test(request.testFile)
  const isModule = /^\s*(import|export)\b/m.test(source)
  return {
    ...readMarks(source),
    typed,
    required: /\.c[jt]s$/.test(request.testFile) || (!typed && !isModule),
    specifier: specifierFor(request.root, request.module, request.testFile, request.runner),
  }
}
