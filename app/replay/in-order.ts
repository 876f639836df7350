// In order
//
// Owns:   which invocations of a run are steps that others depend on: writing them down as they are done, and in a replay
//         waiting for their turn.
// Leaves: the order itself (order.ts), where steps are written (run-recording.ts).
//
// I1. A replay waits where nothing has a deadline: an agent at its first turn and with what it hands in, a writer with
//     what it wrote. An agent's worktree is made anew when its turn has come, so that it begins on what was merged then.

import type { Call, Implementation, Implementations } from '../../actors/index.ts'
import {
  type AgentInvocationInput,
  type AgentInvocationOutput,
  type InvocationInput,
  type InvocationOutput,
  isCoverageTask,
} from '../../machines/index.ts'
import type { AttemptName, RecordedOrder, Step } from './order.ts'

/** The same, and each step is told once it is done. */
export function tellingSteps(implementations: Implementations, tell: (step: Step) => void): Implementations {
  return replaced(implementations, {
    prepare: (carryOut) => async (call) => {
      const output = (await carryOut(call)) as InvocationOutput<'prepare'>
      const of = attemptOf(call.input as InvocationInput<'prepare'>)
      tell({ kind: 'begun', of, commit: output.commit })
      return output
    },
    integrate: (carryOut) => async (call) => {
      const output = (await carryOut(call)) as InvocationOutput<'integrate'>
      for (const step of judgedIn(call.input as InvocationInput<'integrate'>, output)) tell(step)
      return output
    },
  })
}

/** The same, each step in its turn. */
export function keepingOrder(implementations: Implementations, order: RecordedOrder): Implementations {
  const prepared = new Map<string, Call>()
  const { prepare } = implementations
  // A review has several agents in one worktree.
  const begun = new Map<string, Promise<void>>()
  const beginning = (of: AttemptName, signal: AbortSignal): Promise<void> => {
    const name = textOf(of)
    const turn = async (): Promise<void> => {
      const before = prepared.get(name)
      if (!before) return
      await order.turnOf('begun', of, signal)
      await prepare?.({ ...before, signal })
      prepared.delete(name)
      order.taken('begun', of)
    }
    const taken = turn().finally(() => begun.delete(name))
    begun.set(name, taken)
    return taken
  }
  const inTurn = replaced(implementations, {
    prepare: (carryOut) => async (call) => {
      const output = await carryOut(call)
      const input = call.input as InvocationInput<'prepare'>
      const of = attemptOf(input)
      if (isCoverageTask(input.task)) order.taken('begun', of)
      else prepared.set(textOf(of), call)
      return output
    },
    begin: (carryOut) => async (call) => {
      const of = (call.input as AgentInvocationInput<'begin'>).order.account
      await (begun.get(textOf(of)) ?? beginning(of, call.signal))
      return carryOut(call)
    },
    act: (carryOut) => async (call) => {
      const output = (await carryOut(call)) as AgentInvocationOutput<'act'>
      const of = (call.input as AgentInvocationInput<'act'>).order.account
      if (output.kind === 'submitted') await order.turnOf('judged', of, call.signal)
      return output
    },
    write: (carryOut) => async (call) => {
      const output = (await carryOut(call)) as InvocationOutput<'write'>
      const of = attemptOf(call.input as InvocationInput<'write'>)
      if (output.kind === 'written') await order.turnOf('judged', of, call.signal)
      return output
    },
    integrate: (carryOut) => async (call) => {
      const output = (await carryOut(call)) as InvocationOutput<'integrate'>
      // That one failed alone may be looked at again: what becomes of it is told as a fact.
      const sure = { ...output, failed: null }
      for (const { kind, of } of judgedIn(call.input as InvocationInput<'integrate'>, sure))
        order.taken(kind, of)
      return output
    },
  })
  return Object.fromEntries(
    Object.entries(inTurn).map(([name, carryOut]) => [name, (call) => order.during(() => carryOut(call))]),
  )
}

function replaced(
  implementations: Implementations,
  by: Readonly<Record<string, (carryOut: Implementation) => Implementation>>,
): Implementations {
  return Object.fromEntries(
    Object.entries(implementations).map(([name, carryOut]) => [name, by[name]?.(carryOut) ?? carryOut]),
  )
}

function judgedIn(
  { line: { milestone }, stack }: InvocationInput<'integrate'>,
  { merged, returned, failed }: InvocationOutput<'integrate'>,
): Step[] {
  const alone = stack.length === 1 && failed !== null
  const step = (at: number, commit: string | null): Step[] => {
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
