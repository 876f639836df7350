// Agent brief
//
// The first turn of a conversation: the task in words, the repository, the failures of earlier attempts.
// Leaves: instructions for every agent of a kind (agents/prompts/).
//
// B1. Texts of others are in marked blocks that no text inside can close.

import type { Turn } from '../models/conversation.ts'
import type { RepositorySnapshot } from '../repository-snapshot.ts'
import { shorten } from './agent-compaction.ts'

export interface Brief {
  readonly brief: string
  readonly site: Pick<RepositorySnapshot, 'packageManager' | 'runner'>
  /** Failures of the earlier attempts. */
  readonly failures: readonly string[]
  /** Of the repository; may be empty. */
  readonly map?: string
}

const MAX_FAILURES = 30
const LONGEST_FAILURE = 2_000
const LONGEST_MAP = 40_000

export function firstTurn({ brief, site, failures, map = '' }: Brief): Turn {
  const parts = [
    `# Task\n\n${brief.trim()}`,
    `# Where you are\n\nIn a worktree of the repository. Packages: ${site.packageManager}. Tests: ${site.runner}.`,
    ...(map === '' ? [] : [`# A map of the repository\n\n${report(map, LONGEST_MAP)}`]),
    ...(failures.length > 0
      ? [
          `# What was wrong with the attempt before\n\n${failures
            .slice(0, MAX_FAILURES)
            .map((each) => report(each))
            .join('\n')}`,
        ]
      : []),
  ]
  return { role: 'user', blocks: [{ type: 'text', text: parts.join('\n\n') }] }
}

/** B1. */
export function report(text: string, most = LONGEST_FAILURE): string {
  return `<report>\n${shorten(text, most).replaceAll(/<(\/?)report>/gi, '($1report)')}\n</report>`
}

/** The first turn for a task of a plan. */
export function agentTask(task: {
  readonly title: string
  readonly instructions: string
  readonly files: readonly string[]
}): string {
  const files = task.files.length > 0 ? [`Files that will probably change: ${task.files.join(', ')}`] : []
  return [task.title, task.instructions, ...files].join('\n\n')
}
