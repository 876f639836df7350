// Option
//
// Owns:   checking the value of an option; an error gives its name, its value and an example.

import { z } from 'zod'
import { UserError } from '../errors.ts'

/** A whole number as it is typed. */
export const wholeOption = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number)

/** Undefined when the option was left out. */
export function checkedOption<T>(
  option: string,
  schema: z.ZodType<T>,
  value: string | undefined,
  { expected, example }: { readonly expected: string; readonly example: string },
): T | undefined {
  if (value === undefined) return undefined
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new UserError(
    'bad_option',
    `${option} is ${JSON.stringify(value)}; expected ${expected}`,
    `For example: ${example}.`,
  )
}
