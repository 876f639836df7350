// Generate builtin
//
// Owns:   making instances of the classes that every runtime has.
// Leaves: everything else (generate.ts).

import type { Literals } from '../descriptors.ts'
import { constant, type Expression } from '../expression.ts'
import type { Random } from '../random.ts'
import { type Generator, MAX_DEPTH } from './generator.ts'

/** `of`: the name of the input's parameter or field. For an unknown class the input is of any kind. */
export type GenerateBuiltin = (name: string, of: string, depth: number) => Expression

export function createGenerateBuiltin(
  { value, anything }: Pick<Generator, 'value' | 'anything'>,
  literals: Literals,
  random: Random,
): GenerateBuiltin {
  function builtin(name: string, of: string, depth: number): Expression {
    switch (name) {
      case 'Date':
        return {
          kind: 'date',
          time: random.pick([
            0,
            Date.UTC(2024, 0, 15, 12),
            Date.UTC(2024, 1, 29),
            Date.UTC(2023, 11, 31, 23, 59, 59),
            Date.UTC(2000, 5, 1),
            Date.UTC(1999, 0, 4),
            Number.NaN,
          ]),
        }
      case 'RegExp':
        return literals.regexes.length > 0 && random.chance(0.5)
          ? { kind: 'regexp', ...random.pick(literals.regexes) }
          : {
              kind: 'regexp',
              ...random.pick([
                { source: 'a', flags: '' },
                { source: '\\d+', flags: 'g' },
                { source: '^b', flags: 'i' },
              ]),
            }
      case 'URL':
        return {
          kind: 'builtin',
          name,
          of: [
            constant(random.pick(['https://example.com/a?b=1#c', 'http://localhost:3000/', 'file:///a/b'])),
          ],
        }
      case 'Error':
      case 'TypeError':
      case 'RangeError':
      case 'SyntaxError':
        return failure(name, depth)
      case 'URLSearchParams':
        return { kind: 'builtin', name, of: [constant(random.pick(['a=1&b=2', '', 'a=1&a=2']))] }
      case 'Headers':
        return {
          kind: 'builtin',
          name,
          of: [{ kind: 'object', fields: [['content-type', constant('text/plain')]] }],
        }
      case 'ArrayBuffer':
        return { kind: 'builtin', name, of: [constant(random.pick([0, 4, 8]))] }
      case 'DataView':
        return { kind: 'builtin', name, of: [builtin('ArrayBuffer', name, depth)] }
      case 'WeakMap':
      case 'WeakSet':
      case 'AbortController':
        return { kind: 'builtin', name, of: [] }
    }
    if (!/Array$/.test(name)) return anything(of, depth)
    const item = () =>
      name.startsWith('Big') ? value({ kind: 'primitive', of: 'bigint' }, of) : constant(random.below(256))
    return {
      kind: 'builtin',
      name,
      of: [{ kind: 'array', items: Array.from({ length: random.below(5) }, item) }],
    }
  }

  function failure(name: string, depth: number): Expression {
    const message = constant(random.pick(['boom', 'not found', '']))
    if (depth > MAX_DEPTH || random.chance(0.75)) return { kind: 'builtin', name, of: [message] }
    return {
      kind: 'builtin',
      name,
      of: [message, { kind: 'object', fields: [['cause', anything('cause', depth + 1)]] }],
    }
  }

  return builtin
}
