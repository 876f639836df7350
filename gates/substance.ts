// Substance gate
//
// Owns:   that the change of an agent that was to change what runs does so, and that nothing in it says that it is still
//         to be done.
//
// S1. Who claims to have written code with comments alone, or with a function that throws that it is not there, is found
//     here, before any test is run.

import { type AgentTask, agentKinds, type FileChange } from '../machines/index.ts'
import type { Analysis } from '../workspace/index.ts'
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
      ...(isIdle ? ['nothing that runs is changed: there are comments, or words, and no code'] : []),
      ...changes.flatMap((change) => stubsOf(analysis, change)),
    ])
  },
}

/** A language that nobody here reads is taken at its word. */
function changesProgram(analysis: Analysis, { path, before, after }: FileChange): boolean {
  if (DOCUMENT.test(path)) return false
  const programOf = (text: string | undefined) =>
    text === undefined ? '' : analysis.substance(path, text)?.program
  const [was, is] = [programOf(before), programOf(after)]
  return was === undefined || is === undefined || was !== is
}

/** Those that were not there before. */
function stubsOf(analysis: Analysis, { path, before, after }: FileChange): string[] {
  if (after === undefined) return []
  const known = new Set(
    before === undefined ? [] : analysis.substance(path, before)?.stubs.map(({ text }) => text),
  )
  const stubs = analysis.substance(path, after)?.stubs ?? []
  return stubs
    .filter(({ text }) => !known.has(text))
    .map(({ line, text }) => `${path}:${line} says that it is still to be done: ${text.slice(0, 200)}`)
}
