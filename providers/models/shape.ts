// Shape
//
// Owns:   reading what a vendor sent as what it should be; anything else is a garbled answer, also what is nested too
//         deeply for the code behind it.

import { z } from 'zod'
import { isTooDeep, TOO_DEEP } from '../../kernel/index.ts'
import { BadAnswer } from './failures.ts'

export function read<Shape extends z.ZodType>(shape: Shape, given: unknown): z.infer<Shape> {
  if (isTooDeep(given)) throw new BadAnswer('garbled', `the answer has not the shape of one: ${TOO_DEEP}`)
  const found = shape.safeParse(given)
  if (found.success) return found.data
  const what =
    typeof given === 'string' ? `it is the text ${given.slice(0, 200)}` : z.prettifyError(found.error)
  throw new BadAnswer('garbled', `the answer has not the shape of one: ${what}`)
}
