// Order
//
// Owns:   the order in which a run took the steps that others depend on: where an attempt began, and what was judged. A
//         replay takes them in the same order, for its models answer at once and those of the run took their time.
// Leaves: which invocation waits for which step (in-order.ts), writing the steps down (run-recording.ts).
//
// O1. An attempt begins on the same merges as before, also if the line between them was written late: its commit says it.
// O2. A step that cannot come any more is waited for by nobody; what the run did not take is not waited for at all.
// O3. When all wait and nothing is at work, the first in the order goes on: a replay that takes another course ends, too.

import { z } from 'zod'
import type { DevelopmentFact, RunFact } from '../../machines/index.ts'

export const stepSchema = z.object({
  kind: z.enum(['begun', 'judged']),
  of: z.object({ milestone: z.string(), task: z.string(), attempt: z.int() }),
  /** The commit it began at or was merged as; null: it was rejected. */
  commit: z.string().nullable(),
})
/** The recorded steps of a run, in order. */
export type RecordedStep = z.infer<typeof stepSchema>
export type AttemptName = RecordedStep['of']

const QUIET_MS = 60_000

interface WaitingStep {
  readonly name: string
  readonly go: () => void
}

export class RecordedOrder {
  #left: string[]
  #waiting: WaitingStep[] = []
  #atWork = 0
  #quiet: NodeJS.Timeout | undefined
  readonly #quietMs: number

  constructor(steps: readonly RecordedStep[], quietMs = QUIET_MS) {
    this.#left = inOrder(steps).map(({ kind, of }) => nameOf(kind, of))
    this.#quietMs = quietMs
  }

  /** Resolves when all steps before this one were taken; at once for one that is not in the order. */
  async turnOf(kind: RecordedStep['kind'], of: AttemptName, signal: AbortSignal): Promise<void> {
    const name = nameOf(kind, of)
    if (!this.#left.includes(name) || this.#left[0] === name) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiting = { name, go: resolve }
    const stop = (): void => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    this.#waiting.push(waiting)
    this.#count(-1)
    try {
      await promise
    } finally {
      signal.removeEventListener('abort', stop)
      this.#waiting = this.#waiting.filter((each) => each !== waiting)
      this.#count(1)
    }
  }

  taken(kind: RecordedStep['kind'], of: AttemptName): void {
    this.#strike((name) => name === nameOf(kind, of))
  }

  /** What a fact says will not come any more is waited for by nobody (O2). */
  take(fact: RunFact): void {
    if (fact.type !== 'emitted') return
    const event = fact.event as DevelopmentFact
    switch (event.type) {
      case 'task.retried':
        return this.#over(event)
      case 'task.merged':
      case 'task.answered':
      case 'task.nothing':
      case 'task.failed':
        return this.#over({ milestone: event.milestone, task: event.task })
      case 'milestone.finished':
        return this.#strike((name) => name.includes(` ${event.report.milestone}/`))
      default:
        return undefined
    }
  }

  #over({ milestone, task, attempt }: Omit<AttemptName, 'attempt'> & { readonly attempt?: number }): void {
    const whole = `${milestone}/${task}#`
    this.#strike((name) => {
      const of = name.slice(name.indexOf(' ') + 1)
      return attempt === undefined ? of.startsWith(whole) : of === `${whole}${attempt}`
    })
  }

  /** Counts as being at work, but for the time that it waits (O3). */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#count(1)
    try {
      return await work()
    } finally {
      this.#count(-1)
    }
  }

  #strike(is: (name: string) => boolean): void {
    this.#left = this.#left.filter((name) => !is(name))
    this.#wake()
  }

  #wake(): void {
    for (const { name, go } of this.#waiting) if (name === this.#left[0] || !this.#left.includes(name)) go()
  }

  #count(change: 1 | -1): void {
    this.#atWork += change
    clearTimeout(this.#quiet)
    if (this.#atWork > 0 || this.#waiting.length === 0) return
    this.#quiet = setTimeout(() => {
      const waited = new Set(this.#waiting.map(({ name }) => name))
      this.#left = this.#left.slice(this.#left.findIndex((name) => waited.has(name)))
      this.#wake()
    }, this.#quietMs)
  }
}

function nameOf(kind: RecordedStep['kind'], { milestone, task, attempt }: AttemptName): string {
  return `${kind} ${milestone}/${task}#${attempt}`
}

/** Each step once, each beginning between the merge that it saw and the next (O1). */
function inOrder(steps: readonly RecordedStep[]): RecordedStep[] {
  // Of steps that were repeated, after a crash or for a check, the last counts.
  const last = steps.filter((step, at) => steps.findLastIndex((each) => isSame(each, step)) === at)
  const judged = last.filter(({ kind }) => kind === 'judged')
  const begun = last.filter(({ kind }) => kind === 'begun')
  const placed = begun.map((step) => ({ step, after: slotOf(step, steps, judged) }))
  return [-1, ...judged.keys()].flatMap((at) => [
    ...(judged[at] ? [judged[at]] : []),
    ...placed.filter(({ after }) => after === at).map(({ step }) => step),
  ])
}

/** The index of the judgement that a beginning comes after; -1: before all. */
function slotOf(step: RecordedStep, steps: readonly RecordedStep[], judged: readonly RecordedStep[]): number {
  const isMerge = ({ of, commit }: RecordedStep) => of.milestone === step.of.milestone && commit !== null
  const seen = judged.findIndex((each) => isMerge(each) && each.commit === step.commit)
  const next = judged.findIndex((each, at) => at > seen && isMerge(each))
  const written = steps.indexOf(step)
  const before = judged.filter((each) => steps.indexOf(each) < written).length - 1
  return Math.min(Math.max(before, seen), next < 0 ? judged.length - 1 : next - 1)
}

function isSame(one: RecordedStep, other: RecordedStep): boolean {
  return nameOf(one.kind, one.of) === nameOf(other.kind, other.of)
}
