// Review book
//
// Owns:   what a review knows: who looks at what, which findings there are, which were confirmed.
// Leaves: the order of things (review.ts), the looking (agent.ts).
//
// V1. A finding counts when a second look, that knows only the claim and the code, has confirmed it.
// V2. What nobody looked at is not told as a finding, but that there was such is.

import { z } from 'zod'
import { addUsage, noUsage } from '../models/usage.ts'
import { type Aspect, aspectSchema, type Finding, findingSchema } from './agent-answers.ts'
import type { AgentInput, AgentOutput } from './agent-book.ts'
import { report } from './agent-brief.ts'
import { childAddress } from './children.ts'
import { crafts } from './crafts.ts'

export const ASPECTS: readonly Aspect[] = aspectSchema.options
/** The gravest are looked at. */
export const MOST_LOOKS = 20

export const reviewReportSchema = z.object({
  summary: z.string(),
  /** Confirmed, the gravest first (V1). */
  findings: z.array(findingSchema),
  refuted: z.int().nonnegative(),
  /** V2. */
  unchecked: z.int().nonnegative(),
  /** Aspects that nobody could look at, and why. */
  failures: z.array(z.string()),
})
export type ReviewReport = z.infer<typeof reviewReportSchema>

export interface ReviewContext {
  readonly input: AgentInput
  /** Ids of agents that have not ended. */
  readonly running: readonly string[]
  readonly outputs: Readonly<Record<string, AgentOutput>>
  readonly losses: Readonly<Record<string, string>>
  /** To be looked at a second time, the gravest first. */
  readonly findings: readonly Finding[]
}

export const aspectId = (aspect: Aspect): string => `agent:${aspect}`
export const lookId = (at: number): string => `agent:look-${at}`

const doneSchema = z.object({ summary: z.string(), findings: z.array(findingSchema) })
const lookSchema = z.object({ verdict: z.enum(['confirmed', 'refuted']) })

export function newReview(input: AgentInput): ReviewContext {
  return { input, running: ASPECTS.map(aspectId), outputs: {}, losses: {}, findings: [] }
}

/** An agent for one aspect, with its share of the money. */
export function aspectInput({ input }: ReviewContext, aspect: Aspect): AgentInput {
  const microdollars = Math.ceil(input.limits.microdollars / ASPECTS.length)
  return {
    ...input,
    address: childAddress(input.address, aspectId(aspect)),
    kind: 'review',
    brief: `${input.brief}\n\nLook at one aspect only: ${aspect}.`,
    limits: { ...input.limits, microdollars },
  }
}

/** An agent that sees the claim and the code, and nothing else (V1). */
export function lookInput({ input, findings }: ReviewContext, at: number): AgentInput {
  const finding = findings[at]
  if (!finding) throw new Error(`there is no finding ${at}`)
  const { file, line, aspect, title, detail } = finding
  const { limits, role } = crafts.second_look
  const { window, outputTokens } = input.limits
  return {
    ...input,
    address: childAddress(input.address, lookId(at)),
    kind: 'second_look',
    role,
    brief: `Is this finding (${aspect}, ${file}:${line}) true of the code?\n\n${report(`${title}\n${detail}`)}`,
    failures: [],
    limits: { ...limits, window, outputTokens: Math.min(limits.outputTokens, outputTokens) },
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

/** What all that looked found, each once, the gravest first; who looks at them is running from now on. */
export function withFindings(context: ReviewContext): Partial<ReviewContext> {
  const all = ASPECTS.flatMap((aspect) => answerOf(context, aspectId(aspect))?.findings ?? [])
  const findings = distinct(all).toSorted((one, other) => gravity(one) - gravity(other))
  const running = findings.slice(0, MOST_LOOKS).map((_, at) => lookId(at))
  return { findings, running }
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
  const verdicts = context.findings.map((finding, at) => ({ finding, verdict: verdictAt(context, at) }))
  const summaries = ASPECTS.flatMap((aspect) => {
    const summary = answerOf(context, aspectId(aspect))?.summary
    return summary === undefined ? [] : [`${aspect}: ${summary}`]
  })
  return {
    summary: summaries.join('\n'),
    findings: verdicts.flatMap(({ finding, verdict }) => (verdict === 'confirmed' ? [finding] : [])),
    refuted: verdicts.filter(({ verdict }) => verdict === 'refuted').length,
    unchecked: verdicts.filter(({ verdict }) => verdict === undefined).length,
    failures: [...failures],
  }
}

function answerOf({ outputs }: ReviewContext, id: string): z.infer<typeof doneSchema> | undefined {
  const output = outputs[id]
  return output?.kind === 'submitted' ? doneSchema.safeParse(output.answer).data : undefined
}

function verdictAt({ outputs }: ReviewContext, at: number): 'confirmed' | 'refuted' | undefined {
  const output = outputs[lookId(at)]
  return output?.kind === 'submitted' ? lookSchema.safeParse(output.answer).data?.verdict : undefined
}

function failureOf(context: ReviewContext, aspect: Aspect): string[] {
  const id = aspectId(aspect)
  if (answerOf(context, id)) return []
  const output = context.outputs[id]
  const reasons = output && 'reasons' in output ? output.reasons.join('; ') : context.losses[id]
  return [`${aspect}: ${reasons ?? 'no answer'}`]
}

function gravity({ severity }: Finding): number {
  return ['error', 'warning', 'note'].indexOf(severity)
}

/** The same place and title is the same finding, whoever found it. */
function distinct(findings: readonly Finding[]): Finding[] {
  const keyOf = ({ file, line, title }: Finding): string => `${file}:${line}:${title.toLowerCase()}`
  return [...new Map([...findings].reverse().map((finding) => [keyOf(finding), finding])).values()].reverse()
}
