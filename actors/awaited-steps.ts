// Awaited steps
//
// Owns:   waiting for the step that takes a certain mail.
//
// A step costs the same with no waiter or thousands: one watcher finds waiters by the mail's id.

import type { Clock } from './clock.ts'
import type { ActorStep, Node } from './node.ts'

export type StepOutcome = ActorStep | 'late'

export interface Wait {
  /** Resolves to the step, or to `late` after the time limit. */
  readonly step: Promise<StepOutcome>
  giveUp(): void
}

export class AwaitedSteps {
  readonly #node: Pick<Node, 'watch'>
  readonly #clock: Clock
  readonly #waiting = new Map<string, (step: ActorStep) => void>()
  #unwatch: (() => void) | undefined

  constructor(node: Pick<Node, 'watch'>, clock: Clock) {
    this.#node = node
    this.#clock = clock
  }

  /** Waits from now on for the step that takes the mail with this id. */
  of(id: string, withinMs: number): Wait {
    const { promise, resolve } = Promise.withResolvers<StepOutcome>()
    const end = (outcome: StepOutcome): void => {
      cancel()
      this.#waiting.delete(id)
      if (this.#waiting.size === 0) this.#stop()
      resolve(outcome)
    }
    const cancel = this.#clock.after(withinMs, () => end('late'))
    this.#waiting.set(id, end)
    this.#unwatch ??= this.#node.watch((step) => {
      if (step.message.kind === 'mail') this.#waiting.get(step.message.id)?.(step)
    })
    return { step: promise, giveUp: () => end('late') }
  }

  #stop(): void {
    this.#unwatch?.()
    this.#unwatch = undefined
  }
}
