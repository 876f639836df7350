// In order
//
// Owns:   which invocations of a run are steps that others depend on: writing them down as they are done, and in a replay
//         waiting for their turn.
// Leaves: the order itself (order.ts), where steps are written (run-recording.ts).
//
// I1. A replay waits where nothing has a deadline: an agent at its first turn and with what it hands in, a writer with
//     what it wrote. An agent's worktree is made anew when its turn has come, so that it begins on what was merged then.

import { type InvocationInput, type InvocationOutput, isCoverageTask } from '../../machines/index.ts'
import type { DevelopmentImplementations } from '../run/implementations.ts'
import { wrapEach } from '../run/wrap-each.ts'
import type { AttemptName, RecordedOrder, RecordedStep } from './order.ts'

/** The same, and each step is told once it is done. */
export function tellingSteps(
  given: DevelopmentImplementations,
  tell: (step: RecordedStep) => void,
): DevelopmentImplementations {
  return {
    ...given,
    async prepare(call) {
      const output = await given.prepare(call)
      tell({ kind: 'begun', of: attemptOf(call.input), commit: output.commit })
      return output
    },
    async integrate(call) {
      const output = await given.integrate(call)
      for (const step of judgedIn(call.input, output)) tell(step)
      return output
    },
  }
}

/** The same, each step in its turn. */
export function keepingOrder(
  given: DevelopmentImplementations,
  order: RecordedOrder,
): DevelopmentImplementations {
  const prepared = new Map<string, Parameters<DevelopmentImplementations['prepare']>[0]>()
  // A review has several agents in one worktree.
  const begun = new Map<string, Promise<void>>()
  const beginning = (of: AttemptName, signal: AbortSignal): Promise<void> => {
    const name = textOf(of)
    const turn = async (): Promise<void> => {
      const before = prepared.get(name)
      if (!before) return
      await order.turnOf('begun', of, signal)
      await given.prepare({ ...before, signal })
      prepared.delete(name)
      order.taken('begun', of)
    }
    const taken = turn().finally(() => begun.delete(name))
    begun.set(name, taken)
    return taken
  }
  const withKeyLock: DevelopmentImplementations = {
    ...given,
    async prepare(call) {
      const output = await given.prepare(call)
      const of = attemptOf(call.input)
      if (isCoverageTask(call.input.task)) order.taken('begun', of)
      else prepared.set(textOf(of), call)
      return output
    },
    async begin(call) {
      const of = call.input.order.account
      await (begun.get(textOf(of)) ?? beginning(of, call.signal))
      return given.begin(call)
    },
    async act(call) {
      const output = await given.act(call)
      if (output.kind === 'submitted') await order.turnOf('judged', call.input.order.account, call.signal)
      return output
    },
    async write(call) {
      const output = await given.write(call)
      if (output.kind === 'written') await order.turnOf('judged', attemptOf(call.input), call.signal)
      return output
    },
    async integrate(call) {
      const output = await given.integrate(call)
      // That one failed alone may be looked at again: what becomes of it is told as a fact.
      for (const { kind, of } of judgedIn(call.input, { ...output, failed: null })) order.taken(kind, of)
      return output
    },
  }
  return wrapEach(withKeyLock, (carryOut) => (call) => order.during(() => carryOut(call)))
}

function judgedIn(
  { line: { milestone }, stack }: InvocationInput<'integrate'>,
  { merged, returned, failed }: InvocationOutput<'integrate'>,
): RecordedStep[] {
  const alone = stack.length === 1 && failed !== null
  const step = (at: number, commit: string | null): RecordedStep[] => {
    const entry = stack[at]
    if (!entry) return []
    return [{ kind: 'judged', of: { milestone, task: entry.task.id, attempt: entry.attempt }, commit }]
  }
  return [
    ...merged.flatMap(({ at, commit }) => step(at, commit)),
    ...returned.flatMap(({ at }) => step(at, null)),
    ...(alone ? step(0, null) : []),
  ]
}

function attemptOf({
  line: { milestone },
  task,
  attempt,
}: InvocationInput<'write' | 'prepare'>): AttemptName {
  return { milestone, task: task.id, attempt }
}

function textOf({ milestone, task, attempt }: AttemptName): string {
  return `${milestone}/${task}#${attempt}`
}
