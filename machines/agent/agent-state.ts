// Agent state
//
// The state of an agent and the decisions made from it: caps, reservations, when the conversation is too long, how it
// ended.
// Leaves: the order of steps (agent.ts), the texts (the transcript).
//
// A conversation that was shortened and is too long again, without a reply in between, is reset; if it is too long once
// more, the attempt ends. A failed request that cost tokens is sent again, to another model first, at most `MAX_LOST_REQUESTS`
// times in a row.
// B1. Every cap is checked before a call, against the most that the call can take.

import type { Address } from '../../kernel/index.ts'
import type { BudgetAccount } from '../budget/budget-mail.ts'
import { remedyOf } from '../models/model-call.ts'
import { spendingOf } from '../models/model-result.ts'
import { mostCost, type Role } from '../models/model-settings.ts'
import { addUsage, noUsage, type Price, tokensOf, type Usage } from '../models/usage.ts'
import type { RepositorySnapshot } from '../repository-snapshot.ts'
import type { AgentCommand } from './agent-command.ts'
import { EMPTIED, isFull, tokensOfText } from './agent-compaction.ts'
import type { ActResult, AgentOrder, ReplyCall, ThinkReply, ThinkResult } from './agent-invocations.ts'
import { type AgentKind, agentKinds } from './agent-kinds.ts'
import { type AgentPhrase, words } from './agent-words.ts'
import type { AgentLimits } from './kinds/define.ts'
import { follow, newTrail, type StuckLevel, stuckLevel, type Trail } from './stuck.ts'

export interface AgentInput {
  readonly address: Address
  readonly budget: Address
  readonly account: BudgetAccount
  readonly kind: AgentKind
  readonly role: Role
  /** The model to ask first, among those of its role; absent: in configured order. */
  readonly prefer?: string
  readonly site: RepositorySnapshot
  /** The task in words. */
  readonly brief: string
  /** Failures of the earlier attempts. */
  readonly failures: readonly string[]
  readonly limits: AgentLimits
  /** Of the most expensive model that may answer. */
  readonly price: Price
  /** Works in place of a model; its limits are in `limits`. */
  readonly command?: AgentCommand
}

export type AgentEnd =
  | { readonly kind: 'submitted'; readonly answer: unknown }
  | {
      /**
       * `gave_up`: its own decision; `capped`: a cap is reached; `stuck`: it repeats itself; `failed`: no model could
       * answer; `refused`: the model refused.
       */
      readonly kind: 'gave_up' | 'capped' | 'stuck' | 'failed' | 'refused'
      readonly reasons: readonly string[]
      /** For `capped`: the cap of the whole task is reached. */
      readonly spent?: boolean
    }

export type AgentOutput = AgentEnd & {
  /** Names the conversation in the store; null when none was begun. */
  readonly head: string | null
  readonly steps: number
  readonly usage: Usage
  readonly microdollars: number
  /** Milliseconds at work. */
  readonly ms: number
}

export interface AgentContext extends AgentInput {
  readonly head: string | null
  /** The head with the results so far, while calls are carried out. */
  readonly answers: string | null
  readonly calls: readonly ReplyCall[]
  /** Digests of this step's calls, for stuck.ts. */
  readonly prints: readonly string[]
  /** Upper estimate of the tokens of the next request. */
  readonly size: number
  readonly steps: number
  readonly usage: Usage
  readonly microdollars: number
  readonly ms: number
  readonly reservations: number
  readonly trail: Trail
  readonly tree: string
  readonly firstTree: string
  readonly say: readonly AgentPhrase[]
  /** The model that answered last, and whether another should be asked next. */
  readonly by: string | null
  readonly avoid: boolean
  /** Unusable replies in a row. */
  readonly bad: number
  /** Failed requests in a row that cost tokens. */
  readonly lost: number
  readonly silent: number
  /** Compactions since the last reply. */
  readonly compactions: number
  readonly end: AgentEnd | null
}

/** In a row. */
export const MAX_BAD_REPLIES = 3
export const MAX_SILENT_REPLIES = 2
export const MAX_LOST_REQUESTS = 5

export function newAgent(input: AgentInput): AgentContext {
  return {
    ...input,
    head: null,
    answers: null,
    calls: [],
    prints: [],
    size: 0,
    steps: 0,
    usage: noUsage,
    microdollars: 0,
    ms: 0,
    reservations: 0,
    trail: newTrail(''),
    tree: '',
    firstTree: '',
    say: [],
    by: null,
    avoid: false,
    bad: 0,
    lost: 0,
    silent: 0,
    compactions: 0,
    end: null,
  }
}

export function orderOf({ site, account, kind, role, prefer, command }: AgentContext): AgentOrder {
  return {
    site,
    account,
    kind,
    role,
    ...(prefer !== undefined && { prefer }),
    ...(command && { command: command.name }),
  }
}

/** Each call has its own. The address alone does not suffice: later attempts use the same one. */
export function reservationOf({ address, account, reservations }: AgentContext): string {
  const { milestone, task, attempt } = account
  return `${address}/${milestone}/${task}/${attempt}#${reservations}`
}

/** The most that the next call can take. */
export function mostOf(context: AgentContext): { tokens: number; microdollars: number } {
  const { size, price, limits, command } = context
  if (command) return { tokens: command.tokens, microdollars: command.microdollars }
  const { outputTokens } = limits
  return { tokens: size + outputTokens, microdollars: mostCost(price, size, outputTokens) }
}

/** What the next call of a tool costs. */
export function callPrice({ calls }: Pick<AgentContext, 'calls'>): number {
  return calls[0]?.microdollars ?? 0
}

/** The agent's cap on money, if the next call of a tool would break it. */
export function callCapOf(context: AgentContext): string | null {
  const { microdollars, limits } = context
  const price = callPrice(context)
  if (price === 0 || microdollars + price <= limits.microdollars) return null
  return `money: ${microdollars} of ${limits.microdollars} microdollars are used and the next call of a tool costs ${price}`
}

/** The cap that the next call would break, as a sentence; null for none (B1). */
export function capOf(context: AgentContext): string | null {
  const { steps, usage, microdollars, ms, limits, command, lost } = context
  const most = mostOf(context)
  if (command)
    return steps + lost < limits.steps ? null : `prompts: ${command.name} has had its ${limits.steps}`
  if (steps >= limits.steps) return `steps: it has had all of its ${limits.steps}`
  if (ms >= limits.ms) return `time: it has been at work for ${Math.round(ms)} of ${limits.ms} ms`
  if (tokensOf(usage) + most.tokens > limits.tokens)
    return `tokens: ${tokensOf(usage)} of ${limits.tokens} are used and the next call may take ${most.tokens}`
  if (microdollars + most.microdollars > limits.microdollars)
    return `money: ${microdollars} of ${limits.microdollars} microdollars are used and the next call may cost ${most.microdollars}`
  return null
}

/** Tokens of the window that a request may fill. */
function roomOf({ limits: { window, outputTokens } }: AgentContext): number {
  return Math.max(Math.floor(window / 2), window - outputTokens)
}

/** An agent command keeps its own conversation. */
export function isTooLong(context: AgentContext): boolean {
  return context.command === undefined && isFull(context.size, roomOf(context))
}

export function targetOf(context: AgentContext): number {
  return Math.floor(EMPTIED * roomOf(context))
}

export function fitsNever({ compactions }: AgentContext): boolean {
  return compactions >= 2
}

/** The machine's words for the next request. */
export function sayOf({ say }: AgentContext): string | null {
  return say.length === 0 ? null : say.map((each) => words[each]).join(' ')
}

type ThinkFailure = Extract<ThinkResult, { kind: 'failed' }>
type WorkCost = { readonly usage: Usage; readonly microdollars: number; readonly ms: number }

export function withTaken(
  context: AgentContext,
  { usage, microdollars, ms }: WorkCost,
): Partial<AgentContext> {
  return {
    usage: addUsage(context.usage, usage),
    microdollars: context.microdollars + microdollars,
    ms: context.ms + ms,
  }
}

export function withThought(context: AgentContext, thought: ThinkResult): Partial<AgentContext> {
  return withTaken(context, { ...spendingOf(thought), ms: thought.ms })
}

/** Whether the request cost tokens, gave no reply, and may be sent again with another reservation, to another model. */
export function isLost({ lost, command }: AgentContext, thought: ThinkResult): thought is ThinkFailure {
  return (
    thought.kind === 'failed' &&
    remedyOf(thought.failure.kind) === 'again' &&
    (command !== undefined || tokensOf(spendingOf(thought).usage) > 0) &&
    lost < MAX_LOST_REQUESTS
  )
}

/** A request was refused as too long; `told`: tokens that the model holds, where its server said it. */
export function withFullWindow(
  { size, limits }: AgentContext,
  told: number | undefined,
): Partial<AgentContext> {
  const window = Math.min(limits.window, told ?? limits.window)
  // Some servers count the answer that is asked for as if it were there.
  const outputTokens = Math.min(limits.outputTokens, Math.max(1, Math.floor(window / 4)))
  return { size: Math.max(size, window), limits: { ...limits, window, outputTokens } }
}

export function withLoss(context: AgentContext, failed: ThinkFailure): Partial<AgentContext> {
  const { lost } = context
  return { ...withThought(context, failed), lost: lost + 1, by: failed.model, avoid: true }
}

export function withReply(context: AgentContext, result: ThinkReply): Partial<AgentContext> {
  const { model, reply } = result
  const { head, size, stop } = reply
  const calls = stop === 'refused' ? [] : reply.calls
  const broken = stop === 'length' || calls.some((call) => call.broken)
  const isSilent = calls.length === 0 && (stop === 'end' || stop === 'tool_calls')
  return {
    ...withThought(context, result),
    head,
    answers: null,
    calls,
    prints: [],
    size,
    by: model,
    steps: context.steps + 1,
    bad: broken ? context.bad + 1 : 0,
    lost: 0,
    silent: isSilent ? context.silent + 1 : 0,
    compactions: 0,
    avoid: false,
    say:
      calls.length > 0 || stop === 'refused'
        ? []
        : [stop === 'length' ? 'cutOff' : isSilent ? 'silent' : 'goOn'],
  }
}

export function withResult(
  context: AgentContext,
  acted: Extract<ActResult, { kind: 'acted' }>,
): Partial<AgentContext> {
  const [call, ...calls] = context.calls
  return {
    answers: acted.answers,
    calls,
    prints: [...context.prints, `${call?.name}(${call?.print})=${acted.print}`],
    size: context.size + acted.size,
    tree: acted.tree,
    microdollars: context.microdollars + callPrice(context),
    ms: context.ms + acted.ms,
  }
}

/** All calls of a step are answered: updates the trail and the warnings. */
export function withStep(context: AgentContext): Partial<AgentContext> {
  const trail = follow(context.trail, { calls: context.prints, tree: context.tree })
  const level = stuckLevel(trail, agentKinds[context.kind].patience)
  const say: AgentPhrase[] = [
    ...(context.bad > 0 ? (['broken'] as const) : []),
    ...(level === 'nudge' || level === 'strategy' ? [trail.stale > 0 ? level : ('idle' as const)] : []),
  ]
  return {
    trail,
    head: context.answers ?? context.head,
    answers: null,
    say,
    avoid: level === 'strategy',
    size: context.size + say.reduce((sum, each) => sum + tokensOfText(words[each]), 0),
  }
}

export function stuckLevelOf({ trail, kind }: AgentContext): StuckLevel {
  return stuckLevel(trail, agentKinds[kind].patience)
}

export function outputOf(context: AgentContext): AgentOutput {
  const { end, head, answers, steps, usage, microdollars, ms } = context
  const ended = end ?? { kind: 'failed', reasons: ['it ended without a reason'] }
  return { ...ended, head: answers ?? head, steps, usage, microdollars, ms }
}
