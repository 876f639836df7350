// Review state
//
// The state of a review: which agents look, the findings, and the verdict on each.
// Leaves: the order of steps (review.ts), the reviewing itself (agent.ts), the consequences (review-rounds.ts).
//
// V1. A finding counts when another agent, which knows only the claim and the code, has confirmed it.
// V2. A finding that was not verified is never told as confirmed, but it is told.
// V3. Findings of an earlier review are verified again: the agent that repaired them does not decide that they are
//     gone.

import { z } from 'zod'
import { report } from '../agent/agent-brief.ts'
import { type AgentCommand, limitsOfCommand } from '../agent/agent-command.ts'
import { shorten } from '../agent/agent-compaction.ts'
import { agentKinds } from '../agent/agent-kinds.ts'
import type { AgentInput, AgentOutput } from '../agent/agent-state.ts'
import { childAddress } from '../children.ts'
import { addUsage, noUsage, type Price } from '../models/usage.ts'
import {
  type Aspect,
  aspectSchema,
  findingSchema,
  type JudgedFinding,
  judgedFindingSchema,
  type ReviewFinding,
  severitySchema,
} from './finding.ts'

export const ASPECTS: readonly Aspect[] = aspectSchema.options
/** Of new findings the gravest are verified; of earlier findings all that are passed on. */
export const MAX_VERIFICATIONS = 20
export const MAX_VERIFIED_AGAIN = 40
/** Each agent reserves money: many at once would exceed a cap that they keep one after the other. */
const VERIFIERS_AT_ONCE = 4
/** Limits the size of a report, which travels as mail. */
const MAX_FINDINGS = 40
const LONGEST_DETAIL = 1_000
const LONGEST_REASON = 500

export const reviewReportSchema = z.object({
  summary: z.string(),
  /** New ones, the gravest first (V1, V2). */
  findings: z.array(judgedFindingSchema),
  /** The given findings of an earlier review, in their order (V3). */
  again: z.array(judgedFindingSchema),
  /** Number of less grave findings that were left out. */
  more: z.int().nonnegative(),
  /** Aspects that could not be reviewed, and why. */
  failures: z.array(z.string()),
})
export type ReviewReport = z.infer<typeof reviewReportSchema>

export interface ReviewInput extends AgentInput {
  /** V3. */
  readonly again?: readonly ReviewFinding[]
  /** Of the most expensive model that may verify a finding; absent: the price of this agent's model. */
  readonly verifierPrice?: Price
  /** The agent command that verifies; absent: a model does. */
  readonly verifierCommand?: AgentCommand
}

export interface ReviewContext {
  readonly input: ReviewInput
  /** Ids of agents that have not ended. */
  readonly running: readonly string[]
  readonly outputs: Readonly<Record<string, AgentOutput>>
  readonly losses: Readonly<Record<string, string>>
  /** To be verified: the given ones, then new ones, the gravest first. */
  readonly findings: readonly ReviewFinding[]
  /** How many of them are to be verified, and for how many that has begun. */
  readonly verifications: number
  readonly begun: number
}

export const aspectId = (aspect: Aspect): string => `agent:${aspect}`
export const verifierId = (at: number): string => `agent:verifier-${at}`

const doneSchema = z.object({ summary: z.string(), findings: z.array(findingSchema) })
const verdictSchema = z.object({ verdict: z.enum(['confirmed', 'refuted']), reason: z.string() })

export function newReview(input: ReviewInput): ReviewContext {
  const running = ASPECTS.map(aspectId)
  return { input, running, outputs: {}, losses: {}, findings: [], verifications: 0, begun: 0 }
}

/** Input of an agent for one aspect. */
export function aspectInput(
  { input: { again: _, verifierPrice: _price, verifierCommand: _command, ...input } }: ReviewContext,
  aspect: Aspect,
): AgentInput {
  return {
    ...input,
    address: childAddress(input.address, aspectId(aspect)),
    kind: 'review',
    brief: `${input.brief}\n\nLook at one aspect only: ${aspect}.`,
  }
}

/** Input of an agent that verifies a finding: the claim and the code, and nothing else (V1). */
export function verifierInput(
  {
    input: { again: _, verifierPrice, verifierCommand, command: _command, ...input },
    findings,
  }: ReviewContext,
  at: number,
): AgentInput {
  const finding = findings[at]
  if (!finding) throw new Error(`there is no finding ${at}`)
  const { file, line, aspect, title, detail } = finding
  const { limits, role } = agentKinds.verify
  const { window, outputTokens } = input.limits
  return {
    ...input,
    address: childAddress(input.address, verifierId(at)),
    kind: 'verify',
    role,
    brief: `Is this finding (${aspect}, ${file}:${line}) true of the code?\n\n${report(`${title}\n${detail}`)}`,
    failures: [],
    limits: {
      ...limits,
      window,
      outputTokens: Math.min(limits.outputTokens, outputTokens),
      ...(verifierCommand && limitsOfCommand(verifierCommand)),
    },
    price: verifierPrice ?? input.price,
    ...(verifierCommand && { command: verifierCommand }),
  }
}

export function withOutput(context: ReviewContext, id: string, output: AgentOutput): Partial<ReviewContext> {
  return { ...without(context, id), outputs: { ...context.outputs, [id]: output } }
}

export function withLoss(context: ReviewContext, id: string, reason: string): Partial<ReviewContext> {
  return { ...without(context, id), losses: { ...context.losses, [id]: reason } }
}

function without({ running }: ReviewContext, id: string): Pick<ReviewContext, 'running'> {
  return { running: running.filter((each) => each !== id) }
}

/** The given findings and all new ones, each once. */
export function withFindings(context: ReviewContext): Partial<ReviewContext> {
  const again = givenTo(context)
  const known = new Set(again.map(nameOf))
  const all = ASPECTS.flatMap((aspect) => answerOf(context, aspectId(aspect))?.findings ?? [])
  const found = distinct(all)
    .filter((finding) => !known.has(nameOf(finding)))
    .toSorted((one, other) => gravity(one) - gravity(other))
  const findings = [...again, ...found]
  return { findings, verifications: Math.min(findings.length, again.length + MAX_VERIFICATIONS) }
}

export function mayVerify({ verifications, begun, running }: ReviewContext): boolean {
  return begun < verifications && running.length < VERIFIERS_AT_ONCE
}

/** Records that the next verification has begun. */
export function withVerification({ begun, running }: ReviewContext): Partial<ReviewContext> {
  return { begun: begun + 1, running: [...running, verifierId(begun)] }
}

export function reviewOutput(context: ReviewContext): AgentOutput {
  const outputs = Object.values(context.outputs)
  const totals = {
    head: null,
    steps: outputs.reduce((sum, { steps }) => sum + steps, 0),
    usage: outputs.reduce((sum, { usage }) => addUsage(sum, usage), noUsage),
    microdollars: outputs.reduce((sum, { microdollars }) => sum + microdollars, 0),
    ms: outputs.reduce((sum, { ms }) => sum + ms, 0),
  }
  const failures = ASPECTS.flatMap((aspect) => failureOf(context, aspect))
  if (failures.length === ASPECTS.length) return { kind: 'failed', reasons: failures, ...totals }
  return { kind: 'submitted', answer: reportOf(context, failures), ...totals }
}

function reportOf(context: ReviewContext, failures: readonly string[]): ReviewReport {
  const judged = context.findings.map((finding, at) => judgedAt(context, finding, at))
  const given = givenTo(context).length
  const summaries = ASPECTS.flatMap((aspect) => {
    const summary = answerOf(context, aspectId(aspect))?.summary
    return summary === undefined ? [] : [`${aspect}: ${summary}`]
  })
  const found = judged.slice(given)
  return {
    summary: summaries.join('\n'),
    findings: found.slice(0, MAX_FINDINGS),
    again: judged.slice(0, given),
    more: Math.max(0, found.length - MAX_FINDINGS),
    failures: [...failures],
  }
}

function givenTo({ input: { again = [] } }: ReviewContext): readonly ReviewFinding[] {
  return again.slice(0, MAX_VERIFIED_AGAIN)
}

function answerOf({ outputs }: ReviewContext, id: string): z.infer<typeof doneSchema> | undefined {
  const output = outputs[id]
  return output?.kind === 'submitted' ? doneSchema.safeParse(output.answer).data : undefined
}

function judgedAt({ outputs }: ReviewContext, finding: ReviewFinding, at: number): JudgedFinding {
  const output = outputs[verifierId(at)]
  const verdict = output?.kind === 'submitted' ? verdictSchema.safeParse(output.answer).data : undefined
  const { detail, suggestion, ...rest } = finding
  return {
    ...rest,
    detail: shorten(detail, LONGEST_DETAIL),
    ...(suggestion !== undefined && { suggestion: shorten(suggestion, LONGEST_DETAIL) }),
    verdict: verdict?.verdict ?? 'unchecked',
    ...(verdict && { reason: shorten(verdict.reason, LONGEST_REASON) }),
  }
}

function failureOf(context: ReviewContext, aspect: Aspect): string[] {
  const id = aspectId(aspect)
  if (answerOf(context, id)) return []
  const output = context.outputs[id]
  const reasons = output && 'reasons' in output ? output.reasons.join('; ') : context.losses[id]
  return [`${aspect}: ${reasons ?? 'no answer'}`]
}

/** A lower number is graver. */
export function gravity({ severity }: Pick<ReviewFinding, 'severity'>): number {
  return severitySchema.options.indexOf(severity)
}

/** Recognises a finding after its lines have moved. */
function nameOf({ file, title }: ReviewFinding): string {
  return `${file}:${title.toLowerCase()}`
}

/** Findings with the same place and title are the same, whichever agent reported them. */
function distinct(findings: readonly ReviewFinding[]): ReviewFinding[] {
  const keyOf = (finding: ReviewFinding): string => `${finding.line}:${nameOf(finding)}`
  return [...new Map([...findings].reverse().map((finding) => [keyOf(finding), finding])).values()].reverse()
}
