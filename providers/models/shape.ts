// Shape
//
// Owns:   reading a vendor's answer with its schema; anything else is a garbled answer, also one that is nested too deeply.

import { z } from 'zod'
import { isTooDeep, TOO_DEEP } from '../../kernel/index.ts'
import { BadAnswer, errorIn, kindOf } from './failures.ts'

/** The arguments of a call as JSON text; some servers send the object itself, or nothing. */
export const argumentsShape = z
  .union([z.string(), z.looseObject({})])
  .nullish()
  .transform((given) => (typeof given === 'object' && given !== null ? JSON.stringify(given) : (given ?? '')))

/** Usage with counts that cannot be read is not told: it is no reason to lose the answer. */
export function usageIn<Shape extends z.ZodType>(shape: Shape) {
  return shape.nullish().catch(undefined)
}

export function read<Shape extends z.ZodType>(shape: Shape, given: unknown): z.infer<Shape> {
  if (isTooDeep(given)) throw new BadAnswer('garbled', `the answer has not the shape of one: ${TOO_DEEP}`)
  const found = shape.safeParse(given)
  if (found.success) return found.data
  const error = errorIn(given)
  if (error) throw new BadAnswer(kindOf(error), error.message)
  const what =
    typeof given === 'string' ? `it is the text ${given.slice(0, 200)}` : z.prettifyError(found.error)
  throw new BadAnswer('garbled', `the answer has not the shape of one: ${what}`)
}
