// Generate callback
//
// Owns:   choosing the behaviour of a made-up callback by the result that is asked of it.
// Leaves: the values it gives and passes on (generate.ts), building it (inside/build.ts).

import type { Descriptor, Signature } from '../descriptors.ts'
import type { Behaviour } from '../expression.ts'
import type { Random } from '../random.ts'
import { type Generator, MAX_DEPTH } from './generator.ts'

export type GenerateCallback = (signature: Signature, depth: number) => Behaviour

export function createGenerateCallback(
  { value, values }: Pick<Generator, 'value' | 'values'>,
  random: Random,
): GenerateCallback {
  function behaviour(signature: Signature, depth: number): Behaviour {
    const draw = random.next()
    const { returns, parameters } = signature
    const index = parameters.findIndex(({ type }) => type.kind === 'function')
    if (index >= 0 && index < 2 && random.chance(0.4))
      return invocation(parameters[index]?.type, index, returns, depth)
    if (draw < 0.08)
      return { kind: 'throws', message: 'boom', async: returns.kind === 'promise', bare: random.chance(0.2) }
    if (returns.kind === 'promise')
      return { kind: 'returns', value: value(returns.of, 'result', depth + 1), async: true }
    if (draw < 0.45) return { kind: 'returns', value: value(returns, 'result', depth + 1), async: false }
    return fitting(returns, draw)
  }

  function invocation(
    type: Descriptor | undefined,
    index: number,
    returns: Descriptor,
    depth: number,
  ): Behaviour {
    const of = type?.kind === 'function' && depth < MAX_DEPTH ? values(type.signature, depth + 1) : []
    return { kind: 'invokes', index, of, async: returns.kind === 'promise' }
  }

  function fitting(returns: Descriptor, draw: number): Behaviour {
    const kind = returns.kind === 'primitive' ? returns.of : returns.kind
    if (kind === 'boolean')
      return random.pick<Behaviour>([
        { kind: 'exceeds', limit: 1 },
        { kind: 'negates' },
        { kind: 'equals', value: value({ kind: 'primitive', of: 'string' }, '') },
      ])
    if (kind === 'number')
      return random.pick<Behaviour>([
        { kind: 'compares' },
        { kind: 'argument', index: 0 },
        { kind: 'adds' },
        { kind: 'argument', index: 1 },
      ])
    if (kind === 'string') return random.pick<Behaviour>([{ kind: 'texts' }, { kind: 'argument', index: 0 }])
    if (draw < 0.75) return { kind: 'argument', index: random.chance(0.8) ? 0 : 1 }
    return random.pick<Behaviour>([
      { kind: 'adds' },
      { kind: 'texts' },
      { kind: 'compares' },
      { kind: 'exceeds', limit: 1 },
    ])
  }

  return behaviour
}
