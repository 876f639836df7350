// Scripted work: invocations that wait on a clock instead of doing anything, so long as their latency says.

import { setTimeout as pause } from 'node:timers/promises'
import type { ImplementationCall, Implementations } from '../../../actors/index.ts'
import {
  type AttemptInput,
  type CoverageTask,
  type InvocationInput,
  type InvocationOutput,
  isCoverageTask,
} from '../../../machines/index.ts'
import type { Ledger } from './ledger.ts'

/** Milliseconds. */
export const STEPS = { prepare: 50, submit: 50, release: 50, step: 100, judging: 400 } as const

/** What a worker does, at home and away. */
export function scriptedWork(ledger: Ledger): Implementations {
  return {
    async prepare({ input, signal }): Promise<InvocationOutput<'prepare'>> {
      await pause(STEPS.prepare, undefined, { signal })
      return { worktree: `/worktrees/${taskOf(input).id}`, commit: 'c0' }
    },
    async write({ input, key, signal }: ImplementationCall): Promise<InvocationOutput<'write'>> {
      const task = taskOf(input)
      ledger.note({ what: 'asked', task: task.id, key })
      await pause(task.gap * STEPS.step, undefined, { signal })
      ledger.note({ what: 'paid', task: task.id, key })
      return { kind: 'written', files: [{ path: `test/${task.id}.test.ts`, source: '' }], cases: 1 }
    },
    async submit({ input, signal }): Promise<InvocationOutput<'submit'>> {
      const { task, attempt, files } = input as InvocationInput<'submit'>
      await pause(STEPS.submit, undefined, { signal })
      return { commit: `s-${task.id}-${attempt}`, files: files.map(({ path }) => path), cases: 1 }
    },
    async release({ signal }): Promise<null> {
      await pause(STEPS.release, undefined, { signal })
      return null
    },
  }
}

function taskOf(input: unknown): CoverageTask {
  const { task } = input as AttemptInput
  if (!isCoverageTask(task)) throw new Error(`${task.id} is no job of this bench`)
  return task
}
