// Substance gate
//
// The gate `substance`: an agent whose task is to change code did change code, and left no place marked as unfinished.
//
// It finds submissions of comments alone, and functions that throw "not implemented", before any test runs.

import { type AgentTask, agentKinds, type FileChange } from '../machines/index.ts'
import type { SourceAnalysis } from '../workspace/index.ts'
import type { Gate } from './gate.ts'
import { verdict } from './verdict.ts'

const DOCUMENT = /\.(md|mdx|markdown|txt|rst|adoc)$/i

export const substance: Gate = {
  name: 'substance',
  judges: 'submission',
  first: true,
  async judge({ analysis }, { task, files }) {
    const changes = await files()
    const isIdle =
      agentKinds[(task as AgentTask).kind].changesCode &&
      !changes.some((change) => changesProgram(analysis, change))
    return verdict('substance', [
      ...(isIdle ? ['no code is changed, only comments or documents'] : []),
      ...changes.flatMap((change) => stubsOf(analysis, change)),
    ])
  },
}

/** A change in a language without a parser counts as a change of code. */
function changesProgram(analysis: SourceAnalysis, { path, before, after }: FileChange): boolean {
  if (DOCUMENT.test(path)) return false
  const programOf = (text: string | undefined) =>
    text === undefined ? '' : analysis.substance(path, text)?.program
  const [was, is] = [programOf(before), programOf(after)]
  return was === undefined || is === undefined || was !== is
}

/** Marks that the tip does not have. */
function stubsOf(analysis: SourceAnalysis, { path, before, after }: FileChange): string[] {
  if (after === undefined) return []
  const known = new Set(
    before === undefined ? [] : analysis.substance(path, before)?.stubs.map(({ text }) => text),
  )
  const stubs = analysis.substance(path, after)?.stubs ?? []
  return stubs
    .filter(({ text }) => !known.has(text))
    .map(({ line, text }) => `${path}:${line} is marked as unfinished: ${text.slice(0, 200)}`)
}
