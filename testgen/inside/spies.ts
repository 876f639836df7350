// Spies
//
// Owns:   recording the calls of made-up callbacks.
// Leaves: making them (build.ts), mocks in the written test (emit/write-case.ts).

import type { Reading } from '../outcome.ts'
import { express, type PathOf } from './express.ts'

const MAX_CALLS = 6

export class Spies {
  /** By `step:argument`. */
  readonly #calls = new Map<string, unknown[][]>()

  /** Lets a callback through, noted; any other value as it is. */
  watch(value: unknown, step: number, argument: number): unknown {
    if (typeof value !== 'function') return value
    const calls: unknown[][] = []
    this.#calls.set(`${step}:${argument}`, calls)
    return new Proxy(value, {
      apply(callee, receiver, values) {
        calls.push(values)
        return Reflect.apply(callee, receiver, values)
      },
    })
  }

  /** Readings of the calls, for a case whose result says little. */
  read(pathOf: PathOf): readonly Reading[] {
    return [...this.#calls].map(([place, calls]): Reading => {
      const [step = 0, argument = 0] = place.split(':').map(Number)
      const whole = calls.length <= MAX_CALLS ? express(calls, pathOf) : undefined
      return whole === undefined
        ? {
            step,
            read: [{ kind: 'callCount', argument }],
            sees: { kind: 'equal', value: { kind: 'constant', value: calls.length } },
          }
        : { step, read: [{ kind: 'calls', argument }], sees: { kind: 'equal', value: whole } }
    })
  }
}
