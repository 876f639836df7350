// Configuration
//
// Owns:   comparing the configuration files of a page, and parts of them in sentences, with the schema.

import { parse } from 'yaml'
import { z } from 'zod'
import { configurationSchema } from '../../app/configuration/schema.ts'
import { blocksOf, inlineCodeOf, type Page } from './page.ts'

/** The issues of the configuration files on a page. */
export function refusedFiles(page: Page): string[] {
  return blocksOf(page, 'yaml').flatMap((block) => {
    const { error } = configurationSchema.safeParse(parse(block))
    return error ? [z.prettifyError(error)] : []
  })
}

/** Keys that the schema does not have, in parts such as `gates: { lint: false }`. */
export function unknownKeys(page: Page): string[] {
  return inlineCodeOf(page)
    .filter((code) => /^[a-z]+: \{.*\}$/.test(code) && !code.includes('...'))
    .flatMap((code) => unknownIn(inFile(parse(code) as object), all))
}

interface Fields {
  readonly properties?: Readonly<Record<string, Fields>>
  readonly additionalProperties?: Fields | boolean
  readonly items?: Fields
  readonly anyOf?: readonly Fields[]
}

const all = z.toJSONSchema(configurationSchema, {
  io: 'input',
  unrepresentable: 'any',
  reused: 'inline',
}) as Fields

/** A goal is a part of a milestone; any other key with which no file begins is a part of `gates`. */
function inFile(part: object): object {
  const [key = ''] = Object.keys(part)
  if (key === 'goal') return { milestones: [part] }
  return key in (all.properties ?? {}) ? part : { gates: part }
}

function unknownIn(value: unknown, fields: Fields, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return []
  const { properties = {}, additionalProperties, items = {} } = objectOrList(fields)
  if (Array.isArray(value)) return value.flatMap((each) => unknownIn(each, items, path))
  const others = typeof additionalProperties === 'object' ? additionalProperties : undefined
  return Object.entries(value).flatMap(([key, inner]) => {
    const known = properties[key] ?? others
    return known ? unknownIn(inner, known, `${path}${key}.`) : [`${path}${key}`]
  })
}

/** The form of a field with inner fields, among all of its forms. */
function objectOrList(fields: Fields): Fields {
  const forms = fields.anyOf ?? [fields]
  return forms.find(({ properties, items }) => properties ?? items) ?? forms[0] ?? {}
}
