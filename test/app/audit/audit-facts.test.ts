// Which requests and which mail get into the audit log, and in what form.

import { describe, expect, it } from 'vitest'
import { auditFacts } from '../../../app/audit/audit-facts.ts'
import type { AuditBody } from '../../../app/audit/chain.ts'
import { isNoted, requestFact } from '../../../app/audit/request-fact.ts'
import { createRedactor, type RunFact } from '../../../machines/index.ts'
import type { ControlExchange } from '../../../transport/index.ts'
import { eventually } from '../../eventually.ts'

const SECRET = 'zq81-secret-value'

const exchange = (other: Partial<ControlExchange> = {}): ControlExchange =>
  ({
    verb: 'send',
    sender: 'operator',
    by: 'me@here',
    payload: '{"to":"system.supervisor","event":{"type":"PAUSE"}}',
    reply: { ok: true, value: null },
    ...other,
  }) as ControlExchange
const no = (code: string) => ({ ok: false, error: { code, message: 'not you' } }) as const

const audited = (other: Partial<ControlExchange>) => auditedExchange(exchange(other))

async function auditedExchange(asked: ControlExchange): Promise<AuditBody[]> {
  const bodies: AuditBody[] = []
  const log = { append: async (body: AuditBody) => void bodies.push(body) }
  await auditFacts(log, createRedactor([SECRET]), () => {}).request(requestFact(asked))
  return bodies
}

describe('a request', () => {
  it.each([
    ['that changes something', {}, 1],
    ['that only looks', { verb: 'status', payload: '{}' }, 0],
    ['that only looks and is refused', { verb: 'status', payload: '{}', reply: no('forbidden') }, 1],
    ['of a node', { verb: 'node-join', payload: '{}' }, 1],
    ['for a model', { verb: 'model-ask', payload: '{}' }, 1],
  ] as [string, Partial<ControlExchange>, number][])('%s has %3$i entries', async (_, other, count) => {
    expect(await audited(other)).toHaveLength(count)
  })

  it('has its sender, its event, its receiver and its answer', async () => {
    expect(await audited({})).toEqual([
      {
        kind: 'request',
        who: 'operator',
        by: 'me@here',
        what: 'send PAUSE',
        to: 'system.supervisor',
        detail: exchange().payload,
        ok: true,
        answer: 'ok',
      },
    ])
    const { by: _, ...nameless } = exchange({ reply: no('forbidden') })
    const [refusal] = await auditedExchange(nameless)
    expect(refusal).toMatchObject({ by: null, ok: false, answer: 'forbidden: not you' })
  })

  it('to an address in its subject names its event by its own type', async () => {
    const [entry] = await audited({ address: 'system.pool', payload: '{"type":"POOL.RESIZE","size":2}' })
    expect(entry).toMatchObject({ what: 'send POOL.RESIZE', to: 'system.pool' })
  })

  it('loses secrets, long texts and the conversation with a model', async () => {
    const [secret] = await audited({ payload: `{"to":"a","event":{"type":"${SECRET}"}}` })
    expect(JSON.stringify(secret)).not.toContain(SECRET)
    const [long] = await audited({ payload: 'x'.repeat(5_000) })
    expect(long?.detail).toBe(`${'x'.repeat(2_000)}… (5000 characters)`)
    const question = { node: 'node-a.1', key: 'k#1', question: { text: 'all of the code' } }
    const [asked] = await audited({ verb: 'model-ask', payload: JSON.stringify(question) })
    expect(asked?.detail).toBe('{"node":"node-a.1","key":"k#1"}')
  })

  it.each(['', '{', '[]', '5', '{"to":5,"event":"x"}', '{"event":{"type":5}}'])(
    'that is %s has an entry, too',
    async (payload) => {
      expect(await audited({ payload })).toMatchObject([{ what: 'send', to: null, detail: payload }])
    },
  )

  it.each([
    ['model-drop', { ok: true, value: null }, false],
    ['model-ask', { ok: true, value: { kind: 'pending' } }, false],
    ['model-ask', { ok: true, value: { kind: 'unknown' } }, false],
    ['model-ask', { ok: true, value: { kind: 'answered' } }, true],
    ['model-ask', no('forbidden'), true],
    ['status', { ok: true, value: { kind: 'pending' } }, true],
  ] as [string, ControlExchange['reply'], boolean][])('%s with %o is noted: %s', (verb, reply, noted) => {
    expect(isNoted(exchange({ verb, reply }))).toBe(noted)
  })
})

describe('a dead letter', () => {
  const letter = (reason: string): RunFact =>
    ({ type: 'letter.dead', to: 'system.pool', reason, event: 'FREE', from: 'node-a' }) as unknown as RunFact
  const taken = (fact: RunFact, append = async (_: AuditBody) => {}) => {
    const bodies: AuditBody[] = []
    const troubles: string[] = []
    auditFacts(
      {
        append: async (body) => {
          bodies.push(body)
          await append(body)
        },
      },
      createRedactor([]),
      (sentence) => troubles.push(sentence),
    ).take(fact)
    return { bodies, troubles }
  }

  it.each([
    ['forged', 1],
    ['forbidden', 1],
    ['poison', 0],
    ['unknown_actor', 0],
  ])('that is %s has %i entries', (reason, count) => {
    const { bodies } = taken(letter(reason))
    expect(bodies).toHaveLength(count)
    if (count > 0) expect(bodies).toMatchObject([{ kind: 'mail', who: 'node-a', ok: false, answer: reason }])
  })

  it('that cannot be written is told, and stops nothing', async () => {
    const { troubles } = taken(letter('forged'), () => Promise.reject(new Error('the disk is full')))
    await eventually(() => troubles.length > 0)
    expect(troubles).toEqual(['the audit log cannot be written: the disk is full'])
  })

  it('is not taken from other facts', () => {
    expect(taken({ type: 'actor.ended' } as unknown as RunFact).bodies).toEqual([])
  })
})
