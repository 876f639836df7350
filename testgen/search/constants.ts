// Constants
//
// Owns:   walking over every constant of a case: texts, numbers, keys of objects.

import { type Case, constant, type Expression, type Primitive } from '../expression.ts'

/** The case with each constant replaced by the result of `change`, in the order of the source. */
export function mapConstants(test: Case, change: (value: Primitive) => Primitive): Case {
  const each = (items: readonly Expression[]) => items.map(map)
  function map(expression: Expression): Expression {
    switch (expression.kind) {
      case 'constant':
        return constant(change(expression.value))
      case 'array':
      case 'set':
        return { ...expression, items: each(expression.items) }
      case 'object':
        return {
          ...expression,
          fields: expression.fields.map(([key, value]) => [String(change(key)), map(value)]),
        }
      case 'map':
        return { ...expression, entries: expression.entries.map(([key, value]) => [map(key), map(value)]) }
      case 'date':
        return { kind: 'date', time: Number(change(expression.time)) }
      case 'promise':
        return { ...expression, of: map(expression.of) }
      case 'builtin':
      case 'create':
      case 'call':
        return { ...expression, of: each(expression.of) }
      case 'function':
        return mapBehaviour(expression)
      default:
        return expression
    }
  }
  function mapBehaviour(expression: Extract<Expression, { kind: 'function' }>): Expression {
    const { does } = expression
    if (does.kind !== 'returns' && does.kind !== 'equals') return expression
    return { kind: 'function', does: { ...does, value: map(does.value) } }
  }
  return { ...test, steps: test.steps.map((step) => ({ ...step, of: each(step.of) })) }
}
