// Agent answers
//
// Owns:   what an agent of each craft must hand in, and what is wrong with an answer beyond its shape.
// Leaves: whether the work is good (gates), telling the model (agents/).
//
// W1. An answer is a claim. It decides nothing but what is looked at next.
// W2. What is refused is told in sentences that the model can act on.

import { z } from 'zod'
import { checkGraph } from '../orchestrator/graph.ts'
import { findingSchema, planSchema } from '../work.ts'
import type { Craft } from './crafts.ts'

const sentence = z.string().trim().min(1).max(2_000)
const done = {
  /** `cannot`: nobody could do it as it is asked; say why. */
  outcome: z.enum(['done', 'nothing_to_do', 'cannot']),
  summary: sentence,
}

export const answerSchemas = {
  plan: planSchema,
  code: z.object(done),
  test: z.object(done),
  refactor: z.object({ ...done, steps: z.array(sentence).max(40) }),
  document: z.object(done),
  /** `test`: the one that failed before the fix and passes after it, as `file > name`. */
  debug: z.object({ ...done, test: z.string().trim().min(1).max(400).optional() }),
  review: z.object({ summary: sentence, findings: z.array(findingSchema).max(50) }),
  second_look: z.object({ verdict: z.enum(['confirmed', 'refuted']), reason: sentence }),
} as const satisfies Record<Craft, z.ZodType>

export type AgentAnswer<Of extends Craft> = z.infer<(typeof answerSchemas)[Of]>

/** JSON schema of what `submit` takes. */
export function answerJsonSchema(craft: Craft): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(answerSchemas[craft], { io: 'input' })
  return schema
}

export type Judged =
  | { readonly kind: 'taken'; readonly answer: unknown }
  /** W2. */
  | { readonly kind: 'refused'; readonly reasons: readonly string[] }
  | { readonly kind: 'cannot'; readonly reason: string }

/** `changed`: whether the worktree is another than at the beginning. */
export function judgeAnswer(craft: Craft, given: unknown, { changed }: { changed: boolean }): Judged {
  const parsed = answerSchemas[craft].safeParse(given)
  if (!parsed.success) return { kind: 'refused', reasons: parsed.error.issues.map(issueOf) }
  const answer = parsed.data
  if ('tasks' in answer) {
    const reasons = checkGraph(answer.tasks, 'task')
    return reasons.length > 0 ? { kind: 'refused', reasons } : { kind: 'taken', answer }
  }
  if (!('outcome' in answer)) return { kind: 'taken', answer }
  if (answer.outcome === 'cannot') return { kind: 'cannot', reason: answer.summary }
  const reasons = claimProblems(answer.outcome, changed, testIn(answer), craft)
  return reasons.length > 0 ? { kind: 'refused', reasons } : { kind: 'taken', answer }
}

const idleSchema = z.object({ outcome: z.literal('nothing_to_do'), summary: z.string() })

/** Why there was nothing to do; undefined where there was. */
export function nothingToDo(answer: unknown): string | undefined {
  return idleSchema.safeParse(answer).data?.summary
}

function testIn(answer: object): string | undefined {
  return 'test' in answer && typeof answer.test === 'string' ? answer.test : undefined
}

function claimProblems(
  outcome: 'done' | 'nothing_to_do',
  changed: boolean,
  test: string | undefined,
  craft: Craft,
): string[] {
  const problems: string[] = []
  if (outcome === 'done' && !changed)
    problems.push('nothing in the worktree is changed: do the work, or say nothing_to_do or cannot, and why')
  if (outcome === 'nothing_to_do' && changed)
    problems.push('the worktree is changed: take the changes back, or say done')
  if (craft === 'debug' && outcome === 'done' && test === undefined)
    problems.push('test: name the test that failed before and passes now, as `file > name`')
  return problems
}

function issueOf({ path: at, message }: z.core.$ZodIssue): string {
  return at.length === 0 ? message : `${at.join('.')}: ${message}`
}
