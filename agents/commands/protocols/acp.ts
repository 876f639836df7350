// Protocol `acp`
//
// The Agent Client Protocol: JSON-RPC 2.0 over standard input and output, one message a line. Canopy is the client, as
// an editor would be: it opens a session, sends the prompt, answers requests, and closes.
//
// A1. Permission is given for what the task may do: the first option that allows once. A task that changes no files gets
//     it for reading only. The sandbox holds anyway.
// A2. Files are read and written within the worktree only; there is no terminal.

import { z } from 'zod'
import type {
  CommandControl,
  CommandConversation,
  CommandPrompt,
  CommandProtocol,
  CommandReport,
} from './command-protocol.ts'
import { jsonLines } from './json-lines.ts'

const VERSION = 1
const SILENCE_SECONDS = 600
const MAX_TEXT = 200_000

const idSchema = z.union([z.string(), z.number()])
const messageSchema = z.object({
  jsonrpc: z.literal('2.0'),
  id: idSchema.nullish(),
  method: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.object({ code: z.number().catch(0), message: z.string().catch('') }).optional(),
})

const initializedSchema = z.object({
  protocolVersion: z.number(),
  agentCapabilities: z.object({ loadSession: z.boolean().catch(false) }).catch({ loadSession: false }),
})
const sessionSchema = z.object({ sessionId: z.string().min(1) })
const promptedSchema = z.object({ stopReason: z.string() })

const updateSchema = z.object({
  update: z.object({
    sessionUpdate: z.string(),
    content: z.object({ type: z.string(), text: z.string().optional() }).optional().catch(undefined),
    cost: z.object({ amount: z.number().nonnegative(), currency: z.string() }).nullish().catch(undefined),
  }),
})
const permissionSchema = z.object({
  toolCall: z.object({ kind: z.string().optional() }).catch({}),
  options: z.array(z.object({ optionId: z.string(), kind: z.string().catch('') })),
})
const readSchema = z.object({
  path: z.string(),
  line: z.int().positive().nullish(),
  limit: z.int().positive().nullish(),
})
const writeSchema = z.object({ path: z.string(), content: z.string() })

export const acp: CommandProtocol = {
  resumes: true,
  silenceSeconds: SILENCE_SECONDS,
  words: (command) => command,
  converse: (prompt, control) => new AcpConversation(prompt, control),
}

const READING: ReadonlySet<string> = new Set(['read', 'search', 'think', 'fetch'])
const METHOD_NOT_FOUND = -32601
const INVALID_PARAMS = -32602
const REFUSED = -32000

class AcpConversation implements CommandConversation {
  readonly #prompt: CommandPrompt
  readonly #control: CommandControl
  readonly #lines: (chunk: Buffer) => void
  #requests = 0
  readonly #waiting = new Map<string | number, (result: unknown) => void>()
  #session: string | undefined
  /** Messages of an earlier prompt are sent again while a session is loaded. */
  #isPrompted = false
  #report: CommandReport = { text: '', steps: 0 }

  constructor(prompt: CommandPrompt, control: CommandControl) {
    this.#prompt = prompt
    this.#control = control
    this.#lines = jsonLines((value) => this.#hear(value), control.log)
    const fs = { readTextFile: true, writeTextFile: prompt.mayWrite }
    const clientCapabilities = { fs, terminal: false }
    this.#ask('initialize', { protocolVersion: VERSION, clientCapabilities }, (result) =>
      this.#open(initializedSchema.safeParse(result).data),
    )
  }

  take(chunk: Buffer): void {
    this.#lines(chunk)
  }

  report(): CommandReport {
    return this.#report
  }

  cancel(): void {
    if (this.#session !== undefined)
      this.#send({ method: 'session/cancel', params: { sessionId: this.#session } })
  }

  #open(initialized: z.infer<typeof initializedSchema> | undefined): void {
    if (initialized?.protocolVersion !== VERSION)
      return this.#control.fail(`does not speak version ${VERSION} of the Agent Client Protocol`)
    const { session, root } = this.#prompt
    const where = { cwd: root, mcpServers: [] }
    if (session !== undefined && initialized.agentCapabilities.loadSession)
      return this.#ask('session/load', { sessionId: session, ...where }, () => this.#begin(session))
    this.#ask('session/new', where, (result) => {
      const opened = sessionSchema.safeParse(result).data
      if (!opened) return this.#control.fail('opened no session')
      this.#control.session(opened.sessionId)
      this.#begin(opened.sessionId)
    })
  }

  #begin(sessionId: string): void {
    this.#session = sessionId
    this.#isPrompted = true
    const prompt = [{ type: 'text', text: this.#prompt.text }]
    this.#ask('session/prompt', { sessionId, prompt }, (result) => {
      const { stopReason = 'no reason' } = promptedSchema.safeParse(result).data ?? {}
      if (stopReason !== 'end_turn') this.#fail(`it stopped: ${stopReason}`)
      this.#control.done()
    })
  }

  #fail(failure: string): void {
    this.#report = { ...this.#report, failure }
  }

  #hear(value: unknown): void {
    const read = messageSchema.safeParse(value)
    if (!read.success) return this.#odd(value)
    const { id, method, params, result, error } = read.data
    if (method !== undefined) {
      if (id === undefined || id === null) return this.#notice(method, params)
      return void this.#answer(id, method, params)
    }
    const settle = this.#waiting.get(id ?? '')
    if (settle === undefined) return this.#odd(value)
    this.#waiting.delete(id ?? '')
    if (error === undefined) return settle(result)
    this.#fail(`${error.message} (${error.code})`)
    this.#control.done()
  }

  #notice(method: string, params: unknown): void {
    const update = method === 'session/update' ? updateSchema.safeParse(params).data?.update : undefined
    if (update === undefined) return this.#odd({ method })
    const { sessionUpdate, content, cost } = update
    if (!this.#isPrompted) return
    if (cost?.currency === 'USD') this.#report = { ...this.#report, usd: cost.amount }
    if (sessionUpdate === 'tool_call')
      this.#report = { ...this.#report, steps: this.#report.steps + 1, text: '' }
    if (sessionUpdate === 'agent_message_chunk' && content?.text !== undefined)
      this.#report = { ...this.#report, text: (this.#report.text + content.text).slice(-MAX_TEXT) }
  }

  async #answer(id: string | number, method: string, params: unknown): Promise<void> {
    try {
      const result = await this.#resultFor(method, params)
      if (result === undefined)
        this.#send({ id, error: { code: METHOD_NOT_FOUND, message: `there is no ${method} here` } })
      else this.#send({ id, result })
    } catch (error) {
      const code = error instanceof z.ZodError ? INVALID_PARAMS : REFUSED
      this.#send({ id, error: { code, message: (error as Error).message.slice(0, 500) } })
    }
  }

  async #resultFor(method: string, params: unknown): Promise<object | undefined> {
    const { files } = this.#control
    switch (method) {
      case 'session/request_permission':
        return { outcome: this.#permission(permissionSchema.parse(params)) }
      // A2.
      case 'fs/read_text_file': {
        const { path, line, limit } = readSchema.parse(params)
        return { content: partOf(await files.read(path), line ?? 1, limit ?? undefined) }
      }
      case 'fs/write_text_file': {
        const { path, content } = writeSchema.parse(params)
        await files.write(path, content)
        return {}
      }
      default:
        return undefined
    }
  }

  /** A1. */
  #permission({ toolCall, options }: z.infer<typeof permissionSchema>): object {
    const isAllowed = this.#prompt.mayWrite || READING.has(toolCall.kind ?? '')
    const wanted = isAllowed ? ['allow_once', 'allow_always'] : ['reject_once', 'reject_always']
    const option = wanted.flatMap((kind) => options.find((each) => each.kind === kind) ?? [])[0]
    return option ? { outcome: 'selected', optionId: option.optionId } : { outcome: 'cancelled' }
  }

  #ask(method: string, params: object, settle: (result: unknown) => void): void {
    this.#requests += 1
    this.#waiting.set(this.#requests, settle)
    this.#send({ id: this.#requests, method, params })
  }

  #send(message: object): void {
    this.#control.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  }

  #odd(value: unknown): void {
    this.#control.log(`it sent a message that is not known: ${JSON.stringify(value).slice(0, 200)}`)
  }
}

function partOf(text: string, line: number, limit: number | undefined): string {
  if (line === 1 && limit === undefined) return text
  const lines = text.split('\n')
  return lines.slice(line - 1, limit === undefined ? undefined : line - 1 + limit).join('\n')
}
