// Hook reader
//
// Owns:   the user's hooks after a merge and on a failure: which facts they are told, one after the other.
// Leaves: running one (run-hook.ts), the hook before a merge (hook-gate.ts).
//
// R1. A hook never stops or delays a run: its failure is said, and the run goes on. Only the end waits for what is under way.
// R2. One hook at a time, in the order of the facts; of more than 100 that wait, later ones are left out, and it is said.

import type { DevelopmentFact, RunFact } from '../../machines/index.ts'
import type { HookSettings } from './hook-settings.ts'
import { type HookMessage, type HookName, type HookResult, runHook } from './run-hook.ts'

const MAX_WAITING = 100

interface HookReaderOptions {
  readonly hooks: HookSettings
  /** Where they run. */
  readonly directory: string
  /** The repository that the run works on. */
  readonly repository: string
  readonly say: (sentence: string) => void
}

interface HookReader {
  take(fact: RunFact): void
  /** Resolves when all hooks that were begun have ended, each by its own limit of time. */
  close(): Promise<void>
}

export function openHookReader({ hooks, directory, repository, say }: HookReaderOptions): HookReader {
  let waiting = 0
  let last: Promise<void> = Promise.resolve()
  return {
    take(fact) {
      const told = fact.type === 'emitted' ? messageOf(fact.event as DevelopmentFact) : undefined
      const hook = told && hooks[told.hook]
      if (!told || !hook) return
      if (waiting >= MAX_WAITING)
        return say(`hook ${told.hook}: left out, because ${MAX_WAITING} others wait`)
      waiting += 1
      last = last.then(async () => {
        const result = await runHook(told.hook, hook, { repository, ...told.message }, { directory })
        waiting -= 1
        if (result.kind !== 'passed') say(`hook ${told.hook}: ${wordsOf(result)}`)
      })
    },
    close: () => last,
  }
}

function wordsOf(result: Exclude<HookResult, { kind: 'passed' }>): string {
  return result.reason.replaceAll(/\s+/g, ' ').slice(0, 300)
}

interface ToldHook {
  readonly hook: Exclude<HookName, 'before-merge'>
  readonly message: HookMessage
}

function messageOf(fact: DevelopmentFact): ToldHook | undefined {
  switch (fact.type) {
    case 'task.merged': {
      const { milestone, task, attempt, commit } = fact
      return { hook: 'after-merge', message: { milestone, task: taskOf(task, fact), attempt, commit } }
    }
    case 'task.failed':
    case 'task.needs_person': {
      const { milestone, task, reasons } = fact
      const what = fact.type === 'task.failed' ? 'task_failed' : 'needs_person'
      return { hook: 'on-failure', message: { what, milestone, task: taskOf(task, fact), reasons } }
    }
    case 'run.finished': {
      const { status, reasons } = fact.report
      return status === 'reached'
        ? undefined
        : { hook: 'on-failure', message: { what: 'run_ended', status, reasons } }
    }
    default:
      return undefined
  }
}

function taskOf(id: string, { module, title }: { module?: string | undefined; title?: string | undefined }) {
  return { id, ...(module !== undefined && { module }), ...(title !== undefined && { title }) }
}
