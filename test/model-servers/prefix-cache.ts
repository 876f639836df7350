// Prefix cache
//
// Owns:   how many tokens of a request a vendor would have in its cache from the requests before.
//
// Anthropic's holds the beginnings that were marked; OpenAI's holds whatever was the same, in steps of 128 tokens from
// 1,024 on. Both as they are documented, without their forgetting.

import { createHash } from 'node:crypto'
import type { Usage } from '../../machines/index.ts'
import type { ServedProtocol } from './conversation.ts'

const CHARACTERS = 4
const FIRST = 1_024
const STEP = 128

export class PrefixCache {
  readonly #marked = new Set<string>()
  readonly #seen: string[] = []

  take(protocol: ServedProtocol, body: unknown): Omit<Usage, 'output'> {
    return protocol === 'anthropic' ? this.#byMarks(body) : this.#bySameness(body)
  }

  #byMarks(body: unknown): Omit<Usage, 'output'> {
    const { tools, system, messages } = body as Record<string, unknown>
    const parts = JSON.stringify([tools ?? [], system ?? [], messages]).split(
      ',"cache_control":{"type":"ephemeral"}',
    )
    const beginnings = parts.slice(0, -1).map((_, at) => parts.slice(0, at + 1).join(''))
    const all = tokens(parts.join(''))
    const read = tokens(beginnings.findLast((each) => this.#marked.has(digest(each))) ?? '')
    const written = Math.max(read, tokens(beginnings.at(-1) ?? ''))
    for (const each of beginnings) this.#marked.add(digest(each))
    return { input: all - written, cacheRead: read, cacheWrite: written - read }
  }

  #bySameness(body: unknown): Omit<Usage, 'output'> {
    const { instructions, tools, input, messages } = body as Record<string, unknown>
    const text = JSON.stringify([instructions ?? '', tools ?? [], input ?? messages])
    const same = Math.max(0, ...this.#seen.map((before) => tokens(sameBeginning(before, text))))
    this.#seen.push(text)
    const read = same < FIRST ? 0 : same - (same % STEP)
    return { input: tokens(text) - read, cacheRead: read, cacheWrite: 0 }
  }
}

function sameBeginning(one: string, other: string): string {
  let at = 0
  while (at < one.length && one[at] === other[at]) at++
  return one.slice(0, at)
}

function tokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS)
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
