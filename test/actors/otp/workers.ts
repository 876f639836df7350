// The test children of supervisor_SUITE as machines: supervisor_1 to supervisor_4 and supervisor_deadlock in one. What
// a start answers comes from outside, as the flags of the original do.

import { assign, enqueueActions, fromPromise, setup } from 'xstate'
import { type ActorDefinition, defineActor, type Event, ignore, shutdown } from '../../../kernel/index.ts'

export interface WorkerInput {
  /** Answered to whoever starts it. */
  readonly extra?: unknown
  /** Takes its starts' answers from this script. */
  readonly script?: string
  /** Its start fails like this. */
  readonly fail?: { readonly code: string; readonly detail?: unknown }
  /** Takes so many milliseconds to end when it is told to; -1: for ever. */
  readonly slow?: number
  readonly ballast?: unknown
}

export type StartAnswer = 'ok' | 'fail' | 'ignore'

/** What starts answer, in order; when that is used up, `after`. */
export class Script {
  #answers: StartAnswer[]
  after: StartAnswer
  /** How often a start asked. */
  asked = 0

  constructor(answers: readonly StartAnswer[], after: StartAnswer) {
    this.#answers = [...answers]
    this.after = after
  }

  next(): StartAnswer {
    this.asked += 1
    return this.#answers.shift() ?? this.after
  }
}

interface Context {
  readonly extra: unknown
  readonly slow: number
  readonly ignored: boolean
  readonly ending: unknown
}

export function defineWorker(kind: string, scripts: ReadonlyMap<string, Script>): ActorDefinition {
  const begin = (input: WorkerInput | null): Context => {
    const { extra = null, script, fail, slow = 0 } = input ?? {}
    const answer = script === undefined ? 'ok' : (scripts.get(script)?.next() ?? 'ok')
    if (fail) throw Object.assign(new Error(`start answered ${fail.code}`), fail)
    if (answer === 'fail') throw Object.assign(new Error('start answered error'), { code: 'error' })
    return { extra, slow, ignored: answer === 'ignore', ending: null }
  }
  const machine = setup({
    types: {} as { context: Context; input: WorkerInput | null; events: Event; emitted: Event },
    actors: { linger: fromPromise<null, number>(async () => null) },
    guards: {
      boom: () => {
        throw Object.assign(new Error('boom'), { code: 'abnormal' })
      },
    },
  }).createMachine({
    context: ({ input }) => begin(input),
    initial: 'beginning',
    on: {
      END: { target: '.over' },
      SHUTDOWN: {
        target: '.over',
        actions: assign({ ending: ({ event }) => shutdown(event.term ?? null) }),
      },
      CRASH: { guard: 'boom' },
    },
    states: {
      beginning: {
        entry: enqueueActions(({ context: { extra }, enqueue }) => {
          if (extra !== null) enqueue.emit({ type: 'canopy.begun', extra })
        }),
        always: [
          {
            guard: ({ context }) => context.ignored,
            target: 'over',
            actions: assign({ ending: () => ignore }),
          },
          { guard: ({ context }) => context.slow !== 0, target: 'lingering' },
          { target: 'up' },
        ],
      },
      up: {},
      lingering: { invoke: { src: 'linger', id: 'linger', input: ({ context }) => context.slow } },
      over: { type: 'final' },
    },
    output: ({ context }) => context.ending,
  })
  return defineActor({ kind, machine })
}
