import type { AnyStateMachine } from 'xstate'
import { sourceKind } from '../definition/source-kind.ts'

/** The implementations of a machine's own `fromPromise` sources, by name, for machines that bring their implementations. */
export function promisesOf({
  implementations,
}: AnyStateMachine): Record<string, (call: { input: unknown; signal: AbortSignal }) => never> {
  const promises = Object.entries(implementations.actors).filter(
    ([, logic]) => sourceKind(logic) === 'promise',
  )
  return Object.fromEntries(
    promises.map(([src, logic]) => {
      const { config } = logic as unknown as { config: (args: object) => never }
      return [src, ({ input, signal }) => config({ input, signal, emit: () => {} })]
    }),
  )
}
