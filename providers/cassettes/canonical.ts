// Canonical
//
// Owns:   what of a request makes it the same request: its pieces as text without what changes from run to run.
//
// N1. Two requests with the same hash ask for the same; where they lie, when it was, and the names that vendors and
//     git give to things, make no difference.

import { createHash } from 'node:crypto'
import type { ContentBlock, ModelRequest, Turn } from '../../machines/index.ts'

/** A request in pieces, each named by the digest of its text. */
export interface Canonical {
  readonly hash: string
  readonly system: string
  readonly tools: string
  /** All else but the turns. */
  readonly frame: string
  readonly turns: readonly string[]
  readonly parts: ReadonlyMap<string, string>
}

/** Forms of what changes from run to run, and what stands for them. */
const VOLATILE: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?/g, '<date>'],
  [/\b\d\d:\d\d:\d\d(?:\.\d+)?\b/g, '<time>'],
  [/\b1[5-9]\d{11}\b/g, '<date>'],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '<id>'],
  [/\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b/g, '<id>'],
  [/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b/g, '<id>'],
  [/\b(127\.0\.0\.1|localhost):\d+/g, '$1:<port>'],
  [/(?<![\w.~/<>-])\/(?:[^\s/'"`:,;()<>|\\]+\/)+/g, '<path>/'],
  [/\b\d+(?:\.\d+)?\s?(?:ms|µs|ns|s|seconds|minutes)\b/g, '<duration>'],
]

export function canonical(request: ModelRequest, redact: (value: unknown) => unknown): Canonical {
  const parts = new Map<string, string>()
  const part = (value: unknown): string => {
    const text = settled(JSON.stringify(sorted(redact(value))))
    const digest = digestOf(text)
    parts.set(digest, text)
    return digest
  }
  const { system, tools, turns, maxOutputTokens, toolChoice, answer } = request
  const names = new Map<string, string>()
  const pieces = {
    system: part(system),
    tools: part(tools),
    frame: part({ maxOutputTokens, toolChoice, answer }),
    turns: turns.map((turn) => part(named(turn, names))),
  }
  return { hash: digestOf(JSON.stringify(pieces)), ...pieces, parts }
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function settled(text: string): string {
  return VOLATILE.reduce((rest, [form, instead]) => rest.replace(form, instead), text)
}

/** Calls by their number: the vendor's names for them are its own. */
function named(turn: Turn, names: Map<string, string>): Turn {
  const nameOf = (id: string): string => {
    if (!names.has(id)) names.set(id, `call ${names.size + 1}`)
    return names.get(id) ?? id
  }
  const blocks = turn.blocks.map((block): ContentBlock => {
    switch (block.type) {
      case 'tool_call':
        return { ...block, id: nameOf(block.id) }
      case 'tool_result':
        return { ...block, call: nameOf(block.call) }
      case 'text':
      case 'opaque':
        return block
      default:
        return block satisfies never
    }
  })
  return { role: turn.role, blocks }
}

/** With the fields of every object in the same order. */
export function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(entries.map(([name, each]) => [name, sorted(each)]))
}
