// An agent and a review under any order of replies, results, answers of the budget, failures and lost children: what is
// reserved is settled once, limits hold, and the report has each finding once.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  agentActor,
  budgetEventSchema,
  type ReviewReport,
  reviewActor,
  tokensOf,
} from '../../machines/index.ts'
import { agentInput } from './samples.ts'
import { Script, type Told } from './script.ts'

const usage = (input: number) => ({ input, cacheRead: 0, cacheWrite: 0, output: 1 })
const call = (number: number, broken: boolean) => ({
  id: `c${number}`,
  name: 'read',
  print: `p${number}`,
  broken,
  ...(number === 1 && { microdollars: 700 }),
})

const replied = fc
  .record({
    stop: fc.constantFrom('tool_calls', 'end', 'length', 'refused', 'paused'),
    calls: fc.integer({ min: 0, max: 3 }),
    broken: fc.boolean(),
    size: fc.constantFrom(20, 60, 900),
    cost: fc.integer({ min: 0, max: 50 }),
  })
  .map(({ stop, calls, broken, size, cost }) => ({
    kind: 'replied',
    model: 'a/b',
    reply: {
      head: `h${size}`,
      stop,
      calls: stop === 'tool_calls' ? Array.from({ length: calls }, (_, at) => call(at, broken)) : [],
      text: '',
      size,
      usage: usage(cost),
    },
    microdollars: cost,
    ms: 5,
  }))
const failed = fc
  .record({
    kind: fc.constantFrom('too_long', 'garbled', 'bad_request', 'unauthorized', 'overloaded'),
    cost: fc.integer({ min: 0, max: 50 }),
  })
  .map(({ kind, cost }) => ({
    kind: 'failed',
    model: 'a/b',
    failure: { kind, message: 'no', ...(cost > 0 && { usage: usage(cost) }) },
    microdollars: cost,
    ms: 5,
  }))
const paused = fc.constant({ kind: 'paused', model: 'a/b', message: 'no money', microdollars: 0, ms: 5 })
const acted = fc
  .record({
    tree: fc.constantFrom('t0', 't1', 't2', 't3'),
    print: fc.constantFrom('r', 's'),
    failed: fc.boolean(),
  })
  .map((each) => ({ kind: 'acted', answers: 'h9', size: 5, ms: 5, ...each }))
const ending = fc.constantFrom(
  { kind: 'submitted', answers: 'h9', answer: { outcome: 'done', summary: 's' }, ms: 5 },
  { kind: 'gave_up', answers: 'h9', reason: 'no way', ms: 5 },
)

const step = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ op: 'grant' as const }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('hold' as const, 'refuse' as const, 'lose' as const).map((op) => ({ op })),
  },
  { weight: 1, arbitrary: fc.constant({ op: 'foreign' as const }) },
  { weight: 8, arbitrary: replied.map((output) => ({ op: 'think' as const, output })) },
  { weight: 2, arbitrary: failed.map((output) => ({ op: 'think' as const, output })) },
  { weight: 1, arbitrary: paused.map((output) => ({ op: 'think' as const, output })) },
  { weight: 8, arbitrary: acted.map((output) => ({ op: 'act' as const, output })) },
  { weight: 1, arbitrary: ending.map((output) => ({ op: 'act' as const, output })) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(10, 900).map((size) => ({
      op: 'compact' as const,
      output: { head: 'h8', size, usage: usage(3), microdollars: 3, ms: 5 },
    })),
  },
  { weight: 1, arbitrary: fc.constant({ op: 'crash' as const }) },
)
type AgentStep = typeof step extends fc.Arbitrary<infer Value> ? Value : never

interface AgentState {
  readonly steps: number
  readonly microdollars: number
  readonly reservations: number
  readonly usage: { input: number; cacheRead: number; cacheWrite: number; output: number }
}

const limits = { steps: 12, tokens: 40_000, microdollars: 40_000, ms: 2_000 }

/** An agent; an event whose time is not now does not come, but for what the budget or a stranger says. */
class Agent {
  readonly script = new Script(agentActor.machine, agentInput(limits))

  constructor() {
    this.#finish('begin', { head: 'h0', size: 10, tree: 't0', ms: 1 })
  }

  get state(): AgentState {
    return this.script.snapshot.context as AgentState
  }

  get reservation(): string {
    return `agent/m1/a/1#${this.state.reservations}`
  }

  get isOver(): boolean {
    return this.script.snapshot.status === 'done'
  }

  play(step: AgentStep): void {
    const id = this.reservation
    switch (step.op) {
      case 'grant':
        return void this.script.tell({ type: 'BUDGET.GRANTED', id })
      case 'hold':
        return void this.script.tell({ type: 'BUDGET.HELD', id, reason: 'at its cap' })
      case 'refuse':
        return void this.script.tell({ type: 'BUDGET.REFUSED', id, reason: 'at its cap', scope: 'task' })
      case 'lose':
        return void this.script.tell({
          type: 'canopy.refused',
          to: 'budget',
          event: { type: 'RESERVE', id },
          reason: 'full',
        })
      case 'foreign':
        return this.#foreign()
      case 'crash':
        for (const id of this.#running())
          this.script.tell({ type: `xstate.error.actor.${id}`, error: { message: 'broken' } })
        return
      default:
        return this.#finish(step.op, step.output)
    }
  }

  #running(): string[] {
    return Object.keys(this.script.snapshot.children)
  }

  /** Nothing that is about another call changes anything. */
  #foreign(): void {
    const before = [JSON.stringify(this.script.snapshot.toJSON()), this.script.mail.length]
    const { reservations } = this.state
    for (const id of ['another', `agent/m1/a/1#${reservations + 1}`, `agent/m1/a/2#${reservations}`]) {
      this.script.tell({ type: 'BUDGET.GRANTED', id })
      this.script.tell({ type: 'BUDGET.REFUSED', id, reason: 'no' })
      this.script.tell({ type: 'BUDGET.HELD', id, reason: 'no' })
    }
    expect([JSON.stringify(this.script.snapshot.toJSON()), this.script.mail.length]).toEqual(before)
  }

  #finish(id: string, output: unknown): void {
    if (this.#running().includes(id)) this.script.tell({ type: `xstate.done.actor.${id}`, output })
  }

  mail(type: string): Told[] {
    return this.script.mail
      .filter(([to, event]) => to === 'budget' && event.type === type)
      .map(([, event]) => event)
  }
}

const story = fc.array(step, { maxLength: 120 })

function told(steps: readonly AgentStep[]): Agent {
  const agent = new Agent()
  for (const each of steps) if (!agent.isOver) agent.play(each)
  return agent
}

describe('an agent', () => {
  it('reserves for each call under its own number, and settles each grant once', () => {
    fc.assert(
      fc.property(story, (steps) => {
        const agent = told(steps)
        const reserved = agent.mail('RESERVE').map(({ id }) => id)
        expect(reserved).toEqual(reserved.map((_, at) => `agent/m1/a/1#${at + 1}`))
        const settled = agent.mail('SETTLE').map(({ id }) => id)
        expect(new Set(settled).size).toBe(settled.length)
        for (const id of settled) expect(reserved).toContain(id)
        // All but the last, which may be open, held or refused.
        for (const id of reserved.slice(0, -1)) expect(settled).toContain(id)
      }),
      { numRuns: 60 },
    )
  })

  it('writes only mail that the budget accepts', () => {
    fc.assert(
      fc.property(story, (steps) => {
        for (const [to, event] of told(steps).script.mail)
          if (to === 'budget')
            expect(budgetEventSchema.safeParse(event).success, JSON.stringify(event)).toBe(true)
      }),
      { numRuns: 30 },
    )
  })

  it('asks for no call that its own limits do not cover', () => {
    fc.assert(
      fc.property(story, (steps) => {
        const agent = new Agent()
        for (const each of steps) {
          if (agent.isOver) break
          const before = agent.mail('RESERVE').length
          agent.play(each)
          const asked = agent.mail('RESERVE').slice(before)
          for (const { tokens, microdollars } of asked) {
            const { usage, microdollars: spent, steps } = agent.state
            expect(steps).toBeLessThan(limits.steps)
            expect(tokensOf(usage) + Number(tokens)).toBeLessThanOrEqual(limits.tokens)
            expect(spent + Number(microdollars)).toBeLessThanOrEqual(limits.microdollars)
          }
        }
        expect(agent.state.steps).toBeLessThanOrEqual(limits.steps)
      }),
      { numRuns: 50 },
    )
  })

  it('ends with a reason, and with what it took', () => {
    fc.assert(
      fc.property(story, (steps) => {
        const agent = told(steps)
        if (!agent.isOver) return
        const output = agent.script.output as {
          kind: string
          reasons?: string[]
          steps: number
          microdollars: number
        }
        if (output.kind === 'submitted') expect(output).toHaveProperty('answer')
        else expect(output.reasons?.join()).toMatch(/./)
        const { steps: taken, microdollars } = agent.state
        expect(output).toMatchObject({ steps: taken, microdollars })
        const settled = agent.mail('SETTLE').reduce((sum, each) => sum + Number(each.microdollars), 0)
        expect(settled).toBeGreaterThanOrEqual(microdollars)
      }),
      { numRuns: 60 },
    )
  })

  it('ends within its steps when the model answers the same for ever', () => {
    fc.assert(
      fc.property(replied, acted, (reply, result) => {
        const agent = new Agent()
        for (let turns = 0; !agent.isOver; turns += 1) {
          expect(turns).toBeLessThan(200)
          agent.play({ op: 'grant' })
          agent.play({ op: 'think', output: reply })
          agent.play({ op: 'act', output: result })
          agent.play({
            op: 'compact',
            output: { head: 'h8', size: 10, usage: usage(3), microdollars: 3, ms: 5 },
          })
        }
        expect(agent.state.steps).toBeLessThanOrEqual(limits.steps)
      }),
      { numRuns: 30 },
    )
  })

  it('ends when no model can answer, however it fails', () => {
    fc.assert(
      fc.property(fc.array(failed, { minLength: 1, maxLength: 4 }), (failures) => {
        const agent = new Agent()
        for (let turns = 0; !agent.isOver; turns += 1) {
          expect(turns).toBeLessThan(60)
          const failure = failures[turns % failures.length]
          agent.play({ op: 'grant' })
          if (failure) agent.play({ op: 'think', output: failure })
          agent.play({
            op: 'compact',
            output: { head: 'h8', size: 10, usage: usage(3), microdollars: 3, ms: 5 },
          })
        }
        expect(agent.script.output).toMatchObject({ kind: expect.stringMatching(/failed|capped|gave_up/) })
      }),
      { numRuns: 30 },
    )
  })
})

const aspects = ['architecture', 'security', 'performance', 'maintainability'] as const
const finding = fc.record({
  aspect: fc.constantFrom(...aspects),
  severity: fc.constantFrom('error' as const, 'warning' as const, 'note' as const),
  file: fc.constantFrom('src/a.ts', 'src/b.ts'),
  line: fc.integer({ min: 1, max: 3 }),
  title: fc.constantFrom('leaks', 'LEAKS', 'is slow', 'is wrong'),
  detail: fc.constantFrom('With an empty name.', 'x'.repeat(1_900)),
})
const totals = { head: null, steps: 2, usage: usage(10), microdollars: 7, ms: 3 }
const outcome = fc.oneof(
  { weight: 4, arbitrary: fc.array(finding, { maxLength: 8 }).map((findings) => ({ findings })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<{ lost?: true; stuck?: true; odd?: true }>(
      { lost: true },
      { stuck: true },
      { odd: true },
    ),
  },
)
const verdict = fc.constantFrom('confirmed', 'refuted', 'lost', 'odd')
const review = fc.record({
  outcomes: fc.tuple(outcome, outcome, outcome, outcome),
  verdicts: fc.infiniteStream(verdict),
  order: fc.infiniteStream(fc.nat({ max: 3 })),
  again: fc.uniqueArray(finding, {
    maxLength: 3,
    selector: ({ file, title }) => `${file}:${title.toLowerCase()}`,
  }),
})
type Review = typeof review extends fc.Arbitrary<infer Value> ? Value : never

/** All agents of a review end, in the given order. */
function reviewed({ outcomes, verdicts, order, again }: Review): Script {
  const script = new Script(reviewActor.machine, { ...agentInput(), kind: 'review', again })
  const running = () => (script.snapshot.context as { running: string[] }).running
  for (let ends = 0; script.snapshot.status === 'active'; ends += 1) {
    expect(ends).toBeLessThan(200)
    expect(running().length).toBeLessThanOrEqual(4)
    const there = running()
    const id = there[(order.next().value ?? 0) % there.length] ?? ''
    const aspect = aspects.findIndex((each) => id === `agent:${each}`)
    script.tell(endOf(id, aspect < 0 ? verdicts.next().value : outcomes[aspect]))
  }
  return script
}

function endOf(id: string, how: unknown): Told {
  const done = (output: object): Told => ({
    type: `xstate.done.actor.${id}`,
    output: { ...output, ...totals },
  })
  const submitted = (answer: unknown): Told => done({ kind: 'submitted', answer })
  const lost: Told = { type: `xstate.error.actor.${id}`, error: { message: 'killed' } }
  if (how === 'confirmed' || how === 'refuted') return submitted({ verdict: how, reason: 'because' })
  if (how === 'lost') return lost
  if (typeof how !== 'object' || how === null) return submitted('nonsense')
  if ('lost' in how) return lost
  if ('stuck' in how) return done({ kind: 'stuck', reasons: ['in circles'] })
  if ('odd' in how) return submitted({ findings: 'many' })
  return submitted({ summary: 'seen', ...how })
}

describe('a review', () => {
  const failures = ({ outcomes }: Review) => outcomes.filter((each) => !('findings' in each)).length

  it('reports each finding once, the gravest first, and the given ones by themselves', () => {
    fc.assert(
      fc.property(review, (given) => {
        const output = reviewed(given).output as { kind: string; answer: ReviewReport }
        if (failures(given) === 4) {
          expect(output.kind).toBe('failed')
          return
        }
        const { findings, again, more } = output.answer
        const nameOf = (each: { file: string; title: string }) => `${each.file}:${each.title.toLowerCase()}`
        const placeOf = (each: { file: string; line: number; title: string }) =>
          `${each.line}:${nameOf(each)}`
        expect(new Set(findings.map(placeOf)).size).toBe(findings.length)
        expect(again.map(nameOf)).toEqual(given.again.map(nameOf))
        const known = new Set(again.map(nameOf))
        for (const each of findings) expect(known.has(nameOf(each))).toBe(false)
        const grades = findings.map(({ severity }) => ['error', 'warning', 'note'].indexOf(severity))
        expect(grades).toEqual(grades.toSorted())
        const all = given.outcomes.flatMap((each) => ('findings' in each ? each.findings : []))
        const fresh = new Set(all.filter((each) => !known.has(nameOf(each))).map(placeOf))
        expect(findings.length + more).toBe(fresh.size)
      }),
      { numRuns: 50 },
    )
  })

  it('has each finding verified by an agent of its own, at most twenty new ones, and says which were not', () => {
    fc.assert(
      fc.property(review, (given) => {
        const script = reviewed(given)
        const verifiers = script.started.filter(([id]) => id.startsWith('agent:verifier-'))
        expect(verifiers.map(([id]) => id)).toEqual(verifiers.map((_, at) => `agent:verifier-${at}`))
        expect(verifiers.length).toBeLessThanOrEqual(20 + given.again.length)
        for (const [, , { kind, failures: told }] of verifiers) expect([kind, told]).toEqual(['verify', []])
        const { answer } = script.output as { answer?: ReviewReport }
        const judged = [...(answer?.again ?? []), ...(answer?.findings ?? [])]
        for (const { verdict, reason } of judged) expect(reason === undefined).toBe(verdict === 'unchecked')
        for (const { detail } of judged) expect(detail.length).toBeLessThan(1_100)
      }),
      { numRuns: 50 },
    )
  })

  it('says which aspects could not be reviewed, and what all its agents took together', () => {
    fc.assert(
      fc.property(review, (given) => {
        const script = reviewed(given)
        const output = script.output as {
          kind: string
          answer?: ReviewReport
          reasons?: string[]
          microdollars: number
          steps: number
        }
        const told = output.answer?.failures ?? output.reasons ?? []
        expect(told).toHaveLength(failures(given))
        for (const each of told) expect(aspects.some((aspect) => each.startsWith(`${aspect}: `))).toBe(true)
        expect(output.microdollars).toBe((output.steps / 2) * 7)
      }),
      { numRuns: 50 },
    )
  })
})
