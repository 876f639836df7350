// MCP tools
//
// The tools of the user's MCP servers for the agents of a run: pinned at its start, carried out by one process for each
// agent and server.
// Leaves: one process (server.ts), where it runs (server-place.ts), the record of calls (user-tools.ts).
//
// M1. A server runs for one agent at a time, because it sees that agent's worktree. It starts with the agent's first
//     call, and ends with the agent, after 5 minutes without a call, and with the run.
// M2. A server that ended starts again with the next call, at most 3 times for an agent, after a growing pause.
// M3. A tool that is not as it was pinned is not called.
// M4. Calls of a server that writes are made while no other tool uses the worktree.

import { setTimeout } from 'node:timers/promises'
import { backoff } from '../../kernel/index.ts'
import type { AgentOrder } from '../../machines/index.ts'
import { withKeyLock } from '../../workspace/index.ts'
import { failure, type OfferedTool, type ToolEffect, type ToolOutcome } from '../tools/tool.ts'
import { agentOf, type UserToolCall, type UserTools } from '../user-tools.ts'
import { answerText } from './answer-text.ts'
import { McpFailure } from './client.ts'
import { kindsFor, type McpEffect, offeredName } from './mcp-settings.ts'
import { describedBy, type PinnedTool, printOf } from './pinned-tool.ts'
import { type GrantedServer, type RunningServer, type ServerPlace, startServer } from './server.ts'

export interface PinnedServer {
  readonly granted: GrantedServer
  readonly tools: readonly PinnedTool[]
}

interface McpToolsOptions {
  readonly servers: readonly PinnedServer[]
  /** Where a server runs for an agent. */
  readonly placeFor: (granted: GrantedServer, order: AgentOrder) => Promise<ServerPlace>
  /** Gets a sentence when a server ends or changes its tools. */
  readonly notice: (sentence: string) => void
  readonly idleMs?: number
  readonly pauseMs?: number
}

const EFFECTS: Readonly<Record<McpEffect, ToolEffect>> = { read: 'reads', write: 'once', external: 'outside' }
const LIST_MS = 30_000
const IDLE_MS = 5 * 60_000
const MAX_RESTARTS = 3
const PAUSE_MS = 500
const MAX_PAUSE_MS = 10_000

export function mcpTools(options: McpToolsOptions): UserTools {
  const offered = options.servers.flatMap(({ granted, tools }) =>
    tools.map((tool) => ({ granted, tool, offer: offerOf(granted, tool) })),
  )
  const hosts = new Map<string, ServerHost>()
  const hostOf = ({ name }: GrantedServer, order: AgentOrder): ServerHost => {
    const key = `${agentOf(order)} ${name}`
    const pinned = options.servers.find(({ granted }) => granted.name === name)
    if (!pinned) throw new Error(`there is no server ${name}`)
    const host = hosts.get(key) ?? new ServerHost(pinned, options)
    hosts.set(key, host)
    return host
  }
  const end = async (which: (key: string) => boolean): Promise<void> => {
    const ending = [...hosts].filter(([key]) => which(key))
    for (const [key] of ending) hosts.delete(key)
    await Promise.all(ending.map(([, host]) => host.close()))
  }
  return {
    tools: offered.map(({ offer }) => offer),
    async use(call) {
      const found = offered.find(({ offer }) => offer.tool.name === call.name)
      if (!found) return failure(`There is no tool ${call.name}.`)
      return hostOf(found.granted, call.order).use(found.tool, call)
    },
    release: (agent) => end((key) => key.startsWith(`${agent} `)),
    close: () => end(() => true),
  }
}

function offerOf(granted: GrantedServer, pinned: PinnedTool): OfferedTool {
  const { name: server, effect, 'usd-per-call': usd } = granted
  const microdollars = Math.ceil(usd * 1_000_000)
  return {
    tool: {
      name: offeredName(server, pinned.name),
      description: describedBy(server, pinned),
      input: pinned.input,
    },
    effect: EFFECTS[effect],
    kinds: kindsFor(granted),
    computes: true,
    ...(microdollars > 0 && { microdollars }),
  }
}

/** One server for one agent (M1, M2). */
class ServerHost {
  readonly #pinned: PinnedServer
  readonly #options: McpToolsOptions
  #running: RunningServer | undefined
  /** By name; undefined: the list has to be asked. */
  #prints: ReadonlyMap<string, string> | undefined
  /** Ends that nobody wanted, and starts that failed. */
  #deaths = 0
  #calls = 0
  #idle: NodeJS.Timeout | undefined

  constructor(pinned: PinnedServer, options: McpToolsOptions) {
    this.#pinned = pinned
    this.#options = options
  }

  async use(tool: PinnedTool, call: UserToolCall): Promise<ToolOutcome> {
    const { granted } = this.#pinned
    clearTimeout(this.#idle)
    try {
      const place = await this.#options.placeFor(granted, call.order)
      const work = () => this.#use(tool, call, place)
      // M4.
      return await (granted.effect === 'write' ? withKeyLock(`tools ${place.cwd}`, work) : work())
    } finally {
      const { idleMs = IDLE_MS } = this.#options
      this.#idle = globalThis.setTimeout(() => void this.#stop(), idleMs).unref()
    }
  }

  close(): Promise<void> {
    clearTimeout(this.#idle)
    return this.#stop()
  }

  async #use(tool: PinnedTool, call: UserToolCall, place: ServerPlace): Promise<ToolOutcome> {
    const { input, signal } = call
    const { name, timeout, 'max-calls': most } = this.#pinned.granted
    if (this.#calls >= most)
      return failure(
        `${name} was called ${most} times in this attempt, which is its limit. Go on without it.`,
      )
    this.#calls += 1
    let isCalled = false
    try {
      const running = await this.#started(call, place)
      const objection = await this.#objectionTo(tool, running, signal)
      if (objection !== undefined) return failure(objection)
      isCalled = true
      const answer = await running.client.call(tool.name, input, { timeoutMs: timeout * 1000, signal })
      return { content: answerText(name, answer), failed: answer.isError }
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof McpFailure)) throw error
      const doubt = isCalled && !error.isAnswer ? ' The call may have been carried out.' : ''
      return failure(`The MCP server ${name} failed: ${error.message}.${doubt}`)
    }
  }

  /** M2. */
  async #started({ order, signal }: UserToolCall, place: ServerPlace): Promise<RunningServer> {
    if (this.#running && !this.#running.hasEnded) return this.#running
    if (this.#running) this.#deaths += 1
    const hasDied = this.#running !== undefined
    await this.#stop()
    const { granted } = this.#pinned
    if (this.#deaths > MAX_RESTARTS)
      throw new McpFailure(`it ended ${this.#deaths} times and is not started again in this attempt`)
    const { pauseMs: firstMs = PAUSE_MS, notice } = this.#options
    if (hasDied) notice(`the MCP server ${granted.name} of ${agentOf(order)} ended and is started again`)
    if (this.#deaths > 0)
      await setTimeout(backoff(this.#deaths, { firstMs, maxMs: MAX_PAUSE_MS }), undefined, { signal })
    try {
      this.#running = await startServer(granted, place, signal)
    } catch (error) {
      this.#deaths += 1
      throw error
    }
    return this.#running
  }

  /** M3. */
  async #objectionTo(
    { name, print }: PinnedTool,
    { client }: RunningServer,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (client.takeToolsChanged()) this.#prints = undefined
    const prints =
      this.#prints ??
      new Map((await client.tools({ timeoutMs: LIST_MS, signal })).map((tool) => [tool.name, printOf(tool)]))
    this.#prints = prints
    const now = prints.get(name)
    if (now === print) return undefined
    const server = this.#pinned.granted.name
    const what = now === undefined ? 'no longer has the tool' : 'changed what it says of the tool'
    const sentence = `the MCP server ${server} ${what} ${name} since the run began: it is not called`
    this.#options.notice(sentence)
    return `Nothing was done: ${sentence}. Go on without it.`
  }

  async #stop(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    this.#prints = undefined
    await running?.stop()
  }
}
