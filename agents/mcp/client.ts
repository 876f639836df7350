// MCP client
//
// Speaks MCP with one server: requests with a time limit, their answers, cancelling; bounds on what it sends.
// Leaves: the server's process (server.ts), which tools are offered (pinned-tool.ts).
//
// C1. After a fault (a flood, no MCP, no answer in time) nothing more is asked: the process has to be ended.
// C2. Requests of the server are refused; only its ping is answered.

import type { z } from 'zod'
import { JsonLines } from './json-lines.ts'
import {
  calledToolSchema,
  type IncomingMessage,
  incomingOf,
  initializedSchema,
  type ListedTool,
  PROTOCOL_VERSIONS,
  type ServerInfo,
  type ToolAnswer,
  toolPageSchema,
} from './messages.ts'

/** `answered`: the server itself refused, and goes on. Otherwise nobody knows what became of the request. */
export class McpFailure extends Error {
  readonly isAnswer: boolean

  constructor(message: string, { isAnswer = false }: { readonly isAnswer?: boolean } = {}) {
    super(message)
    this.isAnswer = isAnswer
  }
}

export interface McpRequestLimits {
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

export interface McpClientOptions {
  /** Sends a line to the server. */
  readonly send: (line: string) => void
  /** Called once, with what is wrong with the server (C1). */
  readonly onFault: (reason: string) => void
}

const MB = 1024 * 1024
const MAX_MESSAGE_BYTES = 8 * MB
/** Between two requests. */
const MAX_BYTES = 32 * MB
/** Lines that are no messages: some servers print what belongs on their error stream. */
const MAX_STRAY_LINES = 50
const MAX_PAGES = 50
const METHOD_NOT_FOUND = -32601

interface OpenRequest {
  resolve(message: IncomingMessage): void
  reject(error: Error): void
}

export class McpClient {
  readonly #options: McpClientOptions
  readonly #lines = new JsonLines(MAX_MESSAGE_BYTES)
  readonly #open = new Map<number, OpenRequest>()
  #last = 0
  #bytes = 0
  #stray: string[] = []
  #fault: string | undefined
  #toolsChanged = false

  constructor(options: McpClientOptions) {
    this.#options = options
  }

  /** Whether the server said that its tools changed, since this was asked. */
  takeToolsChanged(): boolean {
    const changed = this.#toolsChanged
    this.#toolsChanged = false
    return changed
  }

  async initialize(limits: McpRequestLimits): Promise<ServerInfo> {
    const params = {
      protocolVersion: PROTOCOL_VERSIONS[0],
      capabilities: {},
      clientInfo: { name: 'canopy', version: '1' },
    }
    const { capabilities, serverInfo } = await this.#ask('initialize', params, initializedSchema, limits)
    if (capabilities.tools === undefined) throw new McpFailure('it has no tools')
    this.#send({ method: 'notifications/initialized' })
    return serverInfo
  }

  async tools(limits: McpRequestLimits): Promise<ListedTool[]> {
    const tools: ListedTool[] = []
    let cursor: string | undefined
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const params = cursor === undefined ? {} : { cursor }
      const { tools: more, nextCursor } = await this.#ask('tools/list', params, toolPageSchema, limits)
      tools.push(...more)
      if (nextCursor === undefined) return tools
      cursor = nextCursor
    }
    throw new McpFailure(`its list of tools has more than ${MAX_PAGES} pages`)
  }

  /** Throws McpFailure when there is no answer, or the server refuses the call. */
  call(name: string, input: unknown, limits: McpRequestLimits): Promise<ToolAnswer> {
    return this.#ask('tools/call', { name, arguments: input }, calledToolSchema, limits)
  }

  /** Output of the server. */
  take(chunk: Buffer): void {
    if (this.#fault !== undefined) return
    this.#bytes += chunk.length
    if (this.#bytes > MAX_BYTES) return this.fail(`it sent more than ${MAX_BYTES / MB} MB for one request`)
    try {
      for (const line of this.#lines.take(chunk)) this.#read(line)
    } catch (error) {
      this.fail((error as Error).message)
    }
  }

  /** The server has ended, or has to (C1); all open requests fail. */
  fail(reason: string): void {
    if (this.#fault !== undefined) return
    this.#fault = reason
    for (const { reject } of this.#open.values()) reject(new McpFailure(reason))
    this.#open.clear()
    this.#options.onFault(reason)
  }

  async #ask<Schema extends z.ZodType>(
    method: string,
    params: unknown,
    schema: Schema,
    { timeoutMs, signal }: McpRequestLimits,
  ): Promise<z.output<Schema>> {
    if (this.#fault !== undefined) throw new McpFailure(this.#fault)
    signal?.throwIfAborted()
    this.#last += 1
    const id = this.#last
    this.#bytes = 0
    const answered = new Promise<IncomingMessage>((resolve, reject) =>
      this.#open.set(id, { resolve, reject }),
    )
    const cancel = (reason: string): void =>
      this.#send({ method: 'notifications/cancelled', params: { requestId: id, reason } })
    const timer = setTimeout(() => {
      cancel('it took too long')
      this.fail(this.#strayWords(`it did not answer ${method} within ${timeoutMs / 1000} s`))
    }, timeoutMs)
    const onAbort = (): void => {
      cancel('the caller was stopped')
      this.#open.get(id)?.reject(signal?.reason as Error)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      this.#send({ id, method, params })
      return resultOf(method, await answered, schema)
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      this.#open.delete(id)
    }
  }

  #send(message: object): void {
    this.#options.send(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  }

  #read(line: string): void {
    const message = incomingOf(line)
    if (message === undefined) {
      this.#stray.push(line.slice(0, 200))
      if (this.#stray.length > MAX_STRAY_LINES) this.fail(this.#strayWords('it does not speak MCP'))
      return
    }
    const { id, method } = message
    if (method === undefined) {
      if (typeof id === 'number') this.#open.get(id)?.resolve(message)
    } else if (method === 'notifications/tools/list_changed') this.#toolsChanged = true
    else if (id !== undefined && id !== null) this.#answer(id, method)
  }

  /** C2. */
  #answer(id: number | string, method: string): void {
    if (method === 'ping') this.#send({ id, result: {} })
    else this.#send({ id, error: { code: METHOD_NOT_FOUND, message: `${method} is not offered` } })
  }

  #strayWords(reason: string): string {
    const [first] = this.#stray
    return first === undefined
      ? reason
      : `${reason}; it printed ${JSON.stringify(first)}, which is no message`
  }
}

function resultOf<Schema extends z.ZodType>(
  method: string,
  { error, result }: IncomingMessage,
  schema: Schema,
): z.output<Schema> {
  if (error !== undefined)
    throw new McpFailure(`it refused ${method}: ${error.message.slice(0, 2_000)}`, { isAnswer: true })
  const read = schema.safeParse(result)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const place = issue?.path.join('.') ?? ''
  throw new McpFailure(`its answer to ${method} is not as MCP says: ${place}: ${issue?.message ?? ''}`, {
    isAnswer: true,
  })
}
