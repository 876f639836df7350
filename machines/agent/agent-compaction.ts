// Agent compaction
//
// Shortens a conversation that has become too long: which turns stay, what is remembered of the others, and when.
// Leaves: a summary by a model (agents/), the reset (agent.ts).
//
// Compaction begins at 70% of the window and goes down to 40%, so that it does not follow every turn.
// C2. A legal conversation stays legal: turns go in pairs, a call with its answers.
// C3. The text of the task and the agent's notes are never lost; a summary tells past work and gives no orders.

import { type ContentBlock, callsOf, resultsOf, type Turn } from '../models/conversation.ts'

export const FULL = 0.7
export const EMPTIED = 0.4

/** An upper estimate: code and JSON have three to four bytes a token. */
const BYTES_PER_TOKEN = 2.5
const PER_BLOCK = 8

const MEMORY_OPENS = '<earlier-work>'
const MEMORY_CLOSES = '</earlier-work>'
/** Characters kept of a shortened result: first of older results, then of all. */
const SHORT = [4_000, 1_000, 400] as const
const LONGEST_MEMORY = 12_000

export function isFull(tokens: number, window: number): boolean {
  return tokens > FULL * window
}

/** Upper estimate of the tokens of turns. */
export function tokensIn(turns: readonly Turn[]): number {
  return turns.reduce(
    (sum, { blocks }) => sum + blocks.reduce((each, block) => each + tokensOfBlock(block), 0),
    0,
  )
}

export function tokensOfText(text: string): number {
  return Math.ceil(bytesOf(text) / BYTES_PER_TOKEN)
}

/** The least number of tokens for an upper estimate: no vendor puts more text into one token. */
export function leastTokens(guessed: number): number {
  return Math.floor(guessed / 3)
}

export interface Compaction {
  /** Removed turns; never the first turn. */
  readonly dropped: readonly Turn[]
  readonly kept: readonly Turn[]
}

/** Shortens a legal conversation to at most `target` tokens, if possible (C2). */
export function planCompaction(turns: readonly Turn[], target: number): Compaction {
  const [first, ...rest] = turns
  if (!first) return { dropped: [], kept: [] }
  // The model acts on the last answers next.
  const recent = Math.max(0, rest.length - 4)
  let kept = rest.map((turn, at) => (at < recent ? shortened(turn, SHORT[0]) : turn))
  const fits = (): boolean => tokensIn([first, ...kept]) <= target
  if (!fits()) kept = kept.map((turn, at) => shortened(turn, at < recent ? SHORT[1] : SHORT[0]))
  let gone = 0
  while (!fits() && kept.length > 2) {
    kept = kept.slice(2)
    gone += 2
  }
  for (const most of SHORT.slice(1)) if (!fits()) kept = kept.map((turn) => shortened(turn, most))
  return { dropped: rest.slice(0, gone), kept: [first, ...kept] }
}

/** A result's first and last characters, with the number of characters left out between them. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text
  const half = Math.floor(most / 2)
  const left = text.length - 2 * half
  return `${text.slice(0, half)}\n[... ${left} characters left out ...]\n${text.slice(text.length - half)}`
}

/** The memory in the first turn; empty when it has none. */
export function memoryOf(first: Turn | undefined): string {
  const block = first?.blocks.find(isMemory)
  return block?.type === 'text' ? block.text.slice(MEMORY_OPENS.length + 1, -MEMORY_CLOSES.length - 1) : ''
}

/** The first turn with its memory replaced (C3). */
export function withMemory(first: Turn, memory: string): Turn {
  const blocks = first.blocks.filter((block) => !isMemory(block))
  if (memory === '') return { ...first, blocks }
  const text = `${MEMORY_OPENS}\n${memory.replaceAll(MEMORY_CLOSES, '')}\n${MEMORY_CLOSES}`
  return { ...first, blocks: [...blocks, { type: 'text', text }] }
}

/** A memory of dropped turns without a model: the notes in full, then one line for each call, the newest kept. */
export function remembered(memory: string, dropped: readonly Turn[]): string {
  const lines = memory === '' ? [] : memory.split('\n')
  for (const [at, turn] of dropped.entries()) {
    const results = new Map(resultsOf(dropped[at + 1]).map((result) => [result.call, result]))
    for (const call of callsOf(turn)) {
      const text = noteIn(call)
      const result = results.get(call.id)
      lines.push(
        text ??
          `- ${call.name} ${line(call.input, 120)}: ${result?.failed ? 'failed, ' : ''}${line(result?.content, 120)}`,
      )
    }
  }
  return withinLines(lines)
}

/** The notes of a conversation, oldest first. */
export function notesOf(turns: readonly Turn[]): string[] {
  return turns.flatMap((turn) => callsOf(turn).flatMap((call) => noteIn(call) ?? []))
}

const NOTE = 'note: '

function noteIn({ name, input }: { name: string; input: unknown }): string | undefined {
  const text = name === 'note' ? (input as { text?: unknown } | null)?.text : undefined
  return typeof text === 'string' ? `${NOTE}${text.replaceAll(/\s+/g, ' ').slice(0, 1_000)}` : undefined
}

/** Lines of calls go before notes; of both the newest stay. */
function withinLines(lines: readonly string[]): string {
  let left = LONGEST_MEMORY
  const kept = new Set<number>()
  const newestFirst = [...lines.keys()].reverse()
  const isNote = (at: number): boolean => lines[at]?.startsWith(NOTE) ?? false
  for (const at of [...newestFirst.filter(isNote), ...newestFirst.filter((each) => !isNote(each))]) {
    left -= (lines[at]?.length ?? 0) + 1
    if (left < 0) break
    kept.add(at)
  }
  return lines.filter((_, at) => kept.has(at)).join('\n')
}

function shortened(turn: Turn, most: number): Turn {
  return { ...turn, blocks: turn.blocks.map((block) => shortBlock(block, most)) }
}

function shortBlock(block: ContentBlock, most: number): ContentBlock {
  if (block.type !== 'tool_result' || block.content.length <= most) return block
  return { ...block, content: shorten(block.content, most) }
}

function isMemory(block: ContentBlock): boolean {
  return block.type === 'text' && block.text.startsWith(`${MEMORY_OPENS}\n`)
}

function tokensOfBlock(block: ContentBlock): number {
  switch (block.type) {
    case 'text':
      return PER_BLOCK + tokensOfText(block.text)
    case 'tool_call':
      return PER_BLOCK + tokensOfText(`${block.id}${block.name}${JSON.stringify(block.input) ?? ''}`)
    case 'tool_result':
      return PER_BLOCK + tokensOfText(`${block.call}${block.content}`)
    case 'opaque':
      return PER_BLOCK + tokensOfText(JSON.stringify(block.value) ?? '')
    default:
      return block satisfies never
  }
}

/** Length in UTF-8. */
function bytesOf(text: string): number {
  let bytes = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    // A surrogate is half of a character of four bytes.
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code >= 0xd800 && code < 0xe000 ? 2 : 3
  }
  return bytes
}

function line(value: unknown, most: number): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  return shorten(text.replaceAll(/\s+/g, ' ').trim(), most).replaceAll('\n', ' ')
}
