// Document
//
// Owns:   reading the text of a configuration file as YAML, and where in the text each value stands.
// Leaves: what may stand in it (schema.ts), where the text comes from (source.ts).
//
// D1. The text is a stranger's: its depth is counted before the recursive part of the parser sees it, and aliases, tags and
//     other versions of YAML are refused, so a value means what its text shows.
// D2. Everything wrong is told at once, as `file:line:column: sentence`, without control characters.

import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  Lexer,
  LineCounter,
  Parser,
  parseDocument,
  visit,
} from 'yaml'
import { UserError } from '../errors.ts'

export type EntryPath = readonly (string | number)[]

export interface Mistake {
  readonly path: EntryPath
  readonly sentence: string
  /** It is about the field's name, not its value. */
  readonly atName?: true
}

export interface ConfigurationDocument {
  /** Plain values as they stand in the file. */
  readonly value: unknown
  /** `file:line:column` of a value; of a field's name with `atName`. */
  placeOf(place: Pick<Mistake, 'path' | 'atName'>): string
}

/** The way out of a file that cannot be read. */
export const EXAMPLE = `For example:
  milestones:
    - id: parsers
      name: The parsers are tested
      goal: { branch-coverage: 90 }
      priority: 1
      deadline: 2027-03-31
    - id: json
      name: Programs can read the report
      goal: { outcome: A --json option that prints the report as one JSON object. }
  workers: 2`

const MAX_DEPTH = 64

/** Reads a text; `file` is only named in the errors. */
export function readDocument(text: string, file: string): ConfigurationDocument {
  if (depthOf(text) > MAX_DEPTH)
    throw invalid([`${file}:1:1: it is nested more than ${MAX_DEPTH} levels deep`])
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true })
  const placeAt = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`
  }
  const faults = [
    ...document.errors.map(({ pos, message }) => ({ at: pos[0], message })),
    ...strange(document),
  ]
  if (faults.length > 0)
    throw invalid(faults.map(({ at, message }) => `${placeAt(at)}: ${message.split('\n')[0] ?? ''}`))
  return {
    value: document.toJS() as unknown,
    placeOf: (place) => placeAt(offsetOf(document, place)),
  }
}

export function invalid(sentences: readonly string[]): UserError {
  return new UserError('configuration_invalid', sentences.map(printable).join('\n'), EXAMPLE)
}

/** A value in one line that moves no cursor; the beginning of a long one. */
export function shown(value: unknown): string {
  const text = shownWhole(value)
  return text.length > 200 ? `${text.slice(0, 200)}...` : text
}

/** The same without shortening, for a person who has to agree to it. */
export function shownWhole(value: unknown): string {
  // JSON has no such numbers, and would show null.
  const text = JSON.stringify(value, (_, each) =>
    typeof each === 'number' && !Number.isFinite(each) ? String(each) : each,
  )
  return printable(typeof value === 'number' ? String(value) : (text ?? 'nothing'))
}

/** With control and other invisible characters as escapes. */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}

/** Nested collections at most, told by the part of the parser that does not recurse (D1). */
function depthOf(text: string): number {
  const parser = new Parser()
  let deepest = 0
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme));
    deepest = Math.max(deepest, parser.stack.length)
    if (deepest > MAX_DEPTH) break
  }
  return deepest
}

type YamlDocument = ReturnType<typeof parseDocument>

function strange(document: YamlDocument): { at: number; message: string }[] {
  const found: { at: number; message: string }[] = []
  const version = document.directives?.yaml
  if (version?.explicit && version.version !== '1.2')
    found.push({ at: 0, message: `it is YAML ${version.version}; expected YAML 1.2` })
  visit(document, {
    Node(_, node) {
      const at = node.range?.[0] ?? 0
      if (isAlias(node) || node.anchor !== undefined)
        found.push({
          at,
          message: 'it has an anchor or an alias (& or *); write the value out where it is used',
        })
      else if (node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:'))
        found.push({ at, message: 'it has a tag (!); write plain values' })
      else if (isOtherValue(node)) found.push({ at, message: 'it has a tag (!!); write plain values' })
    },
  })
  return found
}

/** Whether its tag makes it a date, bytes, a set or an ordered map. */
function isOtherValue(node: unknown): boolean {
  if (isScalar(node)) return typeof node.value === 'object' && node.value !== null
  return isCollection(node) && node.tag !== undefined && !/:(map|seq)$/.test(node.tag)
}

/** Where a field's value begins; of a missing field, where the nearest one around it begins. */
function offsetOf(document: YamlDocument, { path, atName }: Pick<Mistake, 'path' | 'atName'>): number {
  if (atName) {
    const around = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
    const pair = isMap(around)
      ? around.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
      : undefined
    if (isNode(pair?.key) && pair.key.range) return pair.key.range[0]
  }
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return node.range[0]
  }
  return 0
}
