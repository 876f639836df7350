// Requests
//
// Owns:   reading a request field by field, so that what the vendor does not know is refused in the vendor's words.

import { Refusal } from './conversation.ts'

export type Fields = Readonly<Record<string, unknown>>

export function fieldsOf(value: unknown, where: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new Refusal(`${where}: Input should be a valid dictionary`)
}

export function listOf(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new Refusal(`${where}: Input should be a valid list`)
}

export function textOf(value: unknown, where: string): string {
  if (typeof value === 'string') return value
  throw new Refusal(`${where}: Input should be a valid string`)
}

export function numberOf(value: unknown, where: string): number {
  if (Number.isInteger(value) && (value as number) > 0) return value as number
  throw new Refusal(`${where}: Input should be greater than or equal to 1`)
}

/** Refuses the first field that is not among the known ones, as `say` says it. */
export function onlyKnown(fields: Fields, known: string, say: (name: string) => Refusal): void {
  const names = new Set(known.split(' '))
  for (const name of Object.keys(fields)) if (!names.has(name)) throw say(name)
}

/** Of a string, or of a list of parts with texts. */
export function textsOf(value: unknown, where: string): string {
  if (typeof value === 'string') return value
  return listOf(value, where)
    .map((part) => textOf(fieldsOf(part, where).text, `${where}.text`))
    .join('')
}
