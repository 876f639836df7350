import { describe, expect, it } from 'vitest'
import { type ReviewFinding, type ReviewReport, reviewActor, sarifOf } from '../../machines/index.ts'
import { agentInput } from './samples.ts'
import { Script, type Told } from './script.ts'

const usage = { input: 10, cacheRead: 0, cacheWrite: 0, output: 1 }
const totals = { head: 'h', steps: 2, usage, microdollars: 7, ms: 3 }
const finding = (title: string, over: Partial<ReviewFinding> = {}): ReviewFinding => ({
  aspect: 'security',
  severity: 'warning',
  file: 'src/a.ts',
  line: 3,
  title,
  detail: 'With an empty name it throws.',
  ...over,
})
const ended = (id: string, answer: unknown): Told => ({
  type: `xstate.done.actor.agent:${id}`,
  output: { kind: 'submitted', answer, ...totals },
})
const failed = (id: string): Told => ({
  type: `xstate.done.actor.agent:${id}`,
  output: { kind: 'stuck', reasons: ['in circles'], ...totals },
})
const lost = (id: string): Told => ({ type: `xstate.error.actor.agent:${id}`, error: { message: 'killed' } })
const found = (id: string, ...findings: ReviewFinding[]): Told =>
  ended(id, { summary: `${id} seen`, findings })
const look = (at: number, verdict: string): Told => ended(`verifier-${at}`, { verdict, reason: 'because' })

const input = { ...agentInput({ microdollars: 400 }), kind: 'review' as const }
const script = () => new Script(reviewActor.machine, input)

describe('a review', () => {
  it('looks at four aspects at once, each with the limits of its kind', () => {
    const told = script()
    expect(told.started.map(([id]) => id)).toEqual([
      'agent:architecture',
      'agent:security',
      'agent:performance',
      'agent:maintainability',
    ])
    expect(told.started[1]?.[2]).toMatchObject({
      address: 'agent.agent:security',
      kind: 'review',
      brief: expect.stringMatching(/one aspect only: security/),
      limits: { microdollars: 400 },
    })
  })

  it('has each finding looked at again by somebody who sees only the claim; tells what was confirmed', () => {
    const first = finding('name is not checked', { severity: 'note' })
    const second = finding('token is logged', { severity: 'error', suggestion: 'Leave it out.' })
    const told = script().tell(
      found('architecture'),
      found('security', first, second, finding('Name is not checked')),
      found('performance', finding('all of it is read twice')),
      failed('maintainability'),
    )
    const looks = told.started.slice(4)
    expect(looks.map(([, , { kind }]) => kind)).toEqual(['verify', 'verify', 'verify'])
    expect(looks[0]?.[2].brief).toMatch(
      /security, src\/a.ts:3[\s\S]*<report>\ntoken is logged\nWith an empty/,
    )
    expect(looks[0]?.[2].brief).not.toMatch(/Leave it out/)
    told.tell(look(0, 'confirmed'), look(1, 'refuted'), lost('verifier-2'))
    expect(told.output).toMatchObject({
      kind: 'submitted',
      answer: {
        findings: [
          { ...second, verdict: 'confirmed', reason: 'because' },
          { title: 'all of it is read twice', verdict: 'refuted', reason: 'because' },
          { title: 'name is not checked', verdict: 'unchecked' },
        ],
        again: [],
        more: 0,
        failures: ['maintainability: in circles'],
        summary: 'architecture: architecture seen\nsecurity: security seen\nperformance: performance seen',
      },
      steps: 12,
      microdollars: 42,
    })
  })

  it('looks again at what an earlier one found, and takes nothing of that for new', () => {
    const earlier = finding('token is logged', { severity: 'error', line: 9 })
    const told = new Script(reviewActor.machine, { ...input, again: [earlier] })
    expect(told.started[0]?.[2]).not.toHaveProperty('again')
    told.tell(
      found('architecture', finding('all of it is read twice')),
      found('security', finding('Token is logged')),
      found('performance'),
      found('maintainability'),
    )
    expect(told.started.slice(4).map(([id]) => id)).toEqual(['agent:verifier-0', 'agent:verifier-1'])
    told.tell(look(0, 'refuted'), look(1, 'confirmed'))
    expect(told.output).toMatchObject({
      answer: {
        again: [{ title: 'token is logged', verdict: 'refuted' }],
        findings: [{ title: 'all of it is read twice', verdict: 'confirmed' }],
      },
    })
  })

  it('of very many looks at the gravest, and says how many there are', () => {
    const many = (severity: ReviewFinding['severity'], detail = 'long '.repeat(300)) =>
      Array.from({ length: 45 }, (_, at) => finding(`${severity} ${at}`, { severity, detail }))
    const told = script().tell(
      found('architecture', ...many('note')),
      found('security', ...many('error')),
      found('performance'),
      found('maintainability'),
    )
    expect(told.started, 'a few at a time').toHaveLength(8)
    for (let at = 0; at < 20; at += 1) told.tell(look(at, 'confirmed'))
    expect(told.started).toHaveLength(24)
    const { answer } = told.output as { answer: ReviewReport }
    expect(answer.findings.map(({ severity, verdict }) => `${severity} ${verdict}`)).toEqual([
      ...Array.from({ length: 20 }, () => 'error confirmed'),
      ...Array.from({ length: 20 }, () => 'error unchecked'),
    ])
    expect(answer.more).toBe(50)
    expect(answer.findings[0]?.detail).toMatch(/characters left out/)
  })

  it('without findings is over at once', () => {
    const told = script().tell(
      found('architecture'),
      found('security'),
      found('performance'),
      lost('maintainability'),
    )
    expect(told.output).toMatchObject({ answer: { findings: [], failures: ['maintainability: killed'] } })
  })

  it('that nobody could make has failed', () => {
    const told = script().tell(
      failed('architecture'),
      lost('security'),
      failed('performance'),
      failed('maintainability'),
    )
    expect(told.output).toMatchObject({
      kind: 'failed',
      reasons: expect.arrayContaining(['security: killed']),
    })
  })
})

it('findings are told as SARIF', () => {
  const log = sarifOf([finding('a title', { file: 'src/a b.ts', suggestion: 'Do this.' })], '1.2.3')
  expect(log).toMatchObject({
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Canopy',
            version: '1.2.3',
            rules: expect.arrayContaining([expect.objectContaining({ id: 'security' })]),
          },
        },
        results: [
          {
            ruleId: 'security',
            ruleIndex: 1,
            level: 'warning',
            message: { text: 'a title\n\nWith an empty name it throws.\n\nDo this.' },
            locations: [
              { physicalLocation: { artifactLocation: { uri: 'src/a%20b.ts' }, region: { startLine: 3 } } },
            ],
          },
        ],
      },
    ],
  })
})
