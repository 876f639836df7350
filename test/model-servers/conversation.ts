// Conversation with a test server
//
// Owns:   what whoever plays the model sees and says, the same for all three protocols.
// Leaves: the protocols' shapes (anthropic.ts, openai-responses.ts, openai-chat.ts), what goes wrong on the way
//         (faults.ts).

import type { ModelTool, Turn, Usage } from '../../machines/index.ts'
import type { ConfiguredModel } from '../../providers/index.ts'
import type { Fault } from './faults.ts'

export type ServedProtocol = ConfiguredModel['protocol']

/** A request as the model sees it. */
export interface Asked {
  readonly protocol: ServedProtocol
  /** Without the provider, as it stood in the request. */
  readonly model: string
  readonly stream: boolean
  readonly system: string
  readonly tools: readonly ModelTool[]
  readonly toolChoice: 'auto' | 'any' | 'none'
  readonly turns: readonly Turn[]
  readonly maxOutputTokens: number
  readonly answer?: { readonly name: string; readonly schema: Readonly<Record<string, unknown>> }
  readonly effort?: string
}

export interface ServedCall {
  readonly id?: string
  readonly name: string
  readonly input?: unknown
  /** In the place of `input`: the text of its JSON, whatever that is. */
  readonly json?: string
}

export interface ServedReply {
  /** Also of the vendor's reasoning, which has to come back as it was. */
  readonly thinking?: string
  readonly text?: string
  readonly calls?: readonly ServedCall[]
  readonly stop?: 'end' | 'length' | 'refused' | 'paused'
  /** Absent: counted; null: not told. */
  readonly usage?: Usage | null
}

export interface ServedError {
  readonly error: {
    readonly status: number
    readonly type?: string
    readonly code?: string
    readonly message: string
  }
}

export type Served = (ServedReply | ServedError) & {
  /** What the way back does to the answer. */
  readonly fault?: Fault
  readonly headers?: Readonly<Record<string, string>>
}

/** Plays the model; `at` counts the requests from 0. */
export type Decide = (asked: Asked, at: number) => Served | Promise<Served>

/** A request that the vendor would refuse. */
export class Refusal extends Error {
  readonly status: number
  readonly type: string
  readonly code: string | undefined

  constructor(
    message: string,
    { status = 400, type = 'invalid_request_error', code }: Partial<Refusal> = {},
  ) {
    super(message)
    this.status = status
    this.type = type
    this.code = code
  }
}

/** How one vendor speaks. */
export interface Dialect {
  /** The request, or a Refusal in the vendor's words. */
  read(body: unknown): Asked
  json(reply: ServedReply, usage: Usage | null, asked: Asked): unknown
  /** The streamed answer, one event each. */
  events(reply: ServedReply, usage: Usage | null, asked: Asked): string[]
  error(error: { status: number; type?: string; code?: string; message: string }): unknown
  count(asked: Asked): unknown
}

export function jsonOf({ json, input }: ServedCall): string {
  return json ?? JSON.stringify(input ?? {})
}

export function pieces(text: string, size = 7): string[] {
  const found = text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'gu')) ?? []
  return text.length > 100_000 ? [text] : found
}
