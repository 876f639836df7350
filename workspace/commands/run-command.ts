// Run command
//
// Runs one of a repository's own checks in a worktree, in the sandbox, and returns its output.

import type { Survey } from '../../machines/index.ts'
import { readableWith } from '../dependencies.ts'
import { inWorktree } from '../in-worktree.ts'
import type { WorkspaceParts } from '../parts.ts'
import { exitOf, lastWords } from '../suite.ts'
import { nodeReadable, toolEnvironment } from '../tool-environment.ts'

export interface CheckOrder {
  readonly survey: Pick<Survey, 'dependencies' | 'node'>
  readonly root: string
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  readonly signal?: AbortSignal | undefined
}

export type CommandCheck =
  | { readonly kind: 'ended'; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** The command's own fault: it took too long, crashed, or exceeded a limit. */
  | { readonly kind: 'broken'; readonly reason: string }

const LIMIT_MS = 5 * 60_000
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024

export const shell = (line: string): string[] => ['/bin/sh', '-c', line]

export async function runCheck(
  parts: WorkspaceParts,
  { survey, root, argv, env, stdin, signal }: CheckOrder,
): Promise<CommandCheck> {
  const ending = await parts.sandbox.run({
    argv,
    ...inWorktree(parts.places, root),
    readable: [...(await readableWith(parts.places, survey.dependencies)), ...nodeReadable(survey.node)],
    timeoutMs: LIMIT_MS,
    memoryMb: 4096,
    env: { ...toolEnvironment(root, survey.node), NO_COLOR: '1', ...env },
    ...(stdin !== undefined && { stdin }),
    outputBytes: MAX_OUTPUT_BYTES,
    signal,
  })
  const exited = exitOf(ending)
  return typeof exited === 'string' ? { kind: 'broken', reason: exited } : { ...exited, kind: 'ended' }
}

export function saidAtLast(checked: CommandCheck): string {
  return checked.kind === 'broken' ? checked.reason : lastWords(checked)
}
