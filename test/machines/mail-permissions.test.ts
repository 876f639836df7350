// Who may send what to whom: every sender, event and receiver. What the table does not say is refused.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Event } from '../../kernel/index.ts'
import {
  type HomeRecords,
  type Letter,
  mailRefusal,
  type Party,
  partyAt,
  permissions,
} from '../../machines/index.ts'

const SUPERVISOR = 'system.supervisor'
const LINE = `${SUPERVISOR}.orchestrator:m`
const OTHER = `${SUPERVISOR}.orchestrator:other`
const HOME_WORKER = 'system.pool.worker:1'
const NODE = 'node-a-7'
const AWAY_WORKER = `${NODE}.worker:1`

/** Where each lives; those who are no actors by the id of what they send. */
const PLACES: Readonly<Record<Party, readonly string[]>> = {
  system: ['system'],
  budget: ['system.budget'],
  pool: ['system.pool'],
  supervisor: [SUPERVISOR],
  orchestrator: [LINE, OTHER],
  task: [`${LINE}.task:t`, `${OTHER}.task:t`],
  integrator: [`${LINE}.integrator`, `${OTHER}.integrator`],
  worker: [HOME_WORKER, AWAY_WORKER, 'node-b-9.worker:1'],
  agent: [`${HOME_WORKER}.agent`, `${AWAY_WORKER}.agent`, `${AWAY_WORKER}.review.agent:verifier-1`],
  review: [`${AWAY_WORKER}.review`],
  node: [NODE],
  operator: [],
  registry: [],
  calls: [],
  'dead-letters': [],
}
const OUTSIDE: Readonly<Record<string, string>> = {
  operator: 'control/1',
  registry: 'registry/1',
  calls: 'calls/1',
}
const EVENTS = [
  ...new Set(permissions.flatMap(({ events }) => events)),
  'DANCE',
  '__proto__',
  'constructor',
  '',
]

const account = { milestone: 'm', task: 't', attempt: 1 }
const believing: HomeRecords = { holds: () => true, maySettle: () => true, heardOfPause: () => true }
const doubting: HomeRecords = { holds: () => false, maySettle: () => false, heardOfPause: () => false }

/** An event that says of its sender what is so. */
function honest(type: string, from: string): Event {
  const worker = from.startsWith('system.') ? from.replace('system.pool.', '') : from
  return { type, id: `${from}/m/t/1#1`, replyTo: from, account, ...account, worker }
}

const senders = Object.entries(PLACES).flatMap(([party, places]) => [
  ...places.map((from) => ({ party, id: 'x', from })),
  ...(OUTSIDE[party] === undefined ? [] : [{ party, id: OUTSIDE[party], from: null }]),
])
const receivers = Object.values(PLACES).flat()

const RELATIONS = {
  parent: (from: string, to: string) => to.slice(0, to.lastIndexOf('.')) === from,
  child: (from: string, to: string) => from.slice(0, from.lastIndexOf('.')) === to,
  sibling: (from: string, to: string) =>
    from.slice(0, from.lastIndexOf('.')) === to.slice(0, to.lastIndexOf('.')),
}

function isInTable(sender: (typeof senders)[number], type: string, to: string): boolean {
  return permissions.some(
    (each) =>
      each.from === sender.party &&
      each.to === partyAt(to) &&
      each.events.includes(type) &&
      (sender.from === null || each.as === undefined || RELATIONS[each.as](sender.from, to)),
  )
}

describe('the table of mail', () => {
  it('is the only way: every sender, event and receiver', () => {
    let taken = 0
    for (const sender of senders)
      for (const to of receivers)
        for (const type of EVENTS) {
          const letter: Letter = { ...sender, to, event: honest(type, sender.from ?? '') }
          const refusal = mailRefusal(letter, believing)
          if (isInTable(sender, type, to)) expect(refusal, `${sender.from} ${type} ${to}`).toBeUndefined()
          else expect(refusal, `${sender.from ?? sender.id} ${type} ${to}`).toContain('may')
          taken += refusal === undefined ? 1 : 0
        }
    expect(taken).toBeGreaterThan(80)
    // Every line of the table is taken by somebody.
    const isUsed = ({ from, to, events }: (typeof permissions)[number]): boolean =>
      senders.some(
        (sender) =>
          sender.party === from &&
          receivers.some((each) => partyAt(each) === to && isInTable(sender, events[0] ?? '', each)),
      )
    expect(permissions.filter((each) => !isUsed(each))).toEqual([])
  })

  it('refuses addresses and ids that nobody has', () => {
    const tokens = fc.constantFrom(
      'system',
      'supervisor',
      'node-',
      'worker:1',
      'agent',
      '*',
      '>',
      '..',
      '__proto__',
    )
    const addresses = fc.oneof(
      fc.string(),
      fc.array(tokens).map((each) => each.join('.')),
    )
    const known = new Set(receivers)
    fc.assert(
      fc.property(addresses, fc.string(), fc.constantFrom(...EVENTS), (from, id, type) => {
        fc.pre(!known.has(from) && partyAt(from) === undefined)
        for (const to of receivers) {
          expect(mailRefusal({ id, from, to, event: honest(type, from) }, believing)).toContain('may not')
          if (!/^(control|registry|calls)\//.test(id))
            expect(mailRefusal({ id, from: null, to, event: { type } }, believing)).toContain('may not')
        }
      }),
    )
  })
})

describe('a worker on another machine', () => {
  const agent = `${AWAY_WORKER}.agent`
  const refused = (from: string, to: string, event: Event, records = believing) =>
    mailRefusal({ id: 'x', from, to, event }, records)

  it.each([
    [
      'speaks for another worker',
      AWAY_WORKER,
      'system.pool',
      { type: 'WORKER.FREE', worker: 'node-b-9.worker:1' },
    ],
    ['speaks for a worker of home', AWAY_WORKER, 'system.pool', { type: 'WORKER.FREE', worker: 'worker:1' }],
    ['names no worker', AWAY_WORKER, 'system.pool', { type: 'WORKER.FREE', worker: null }],
    ['closes the whole task', AWAY_WORKER, 'system.budget', { type: 'CLOSED', milestone: 'm', task: 't' }],
    [
      'reserves under the name of another',
      agent,
      'system.budget',
      { ...honest('RESERVE', agent), id: `${HOME_WORKER}.agent/m/t/1#1` },
    ],
    [
      'has the answer go to another',
      agent,
      'system.budget',
      { ...honest('RESERVE', agent), replyTo: 'system' },
    ],
    [
      'reserves for another account than its id says',
      agent,
      'system.budget',
      { ...honest('RESERVE', agent), account: { ...account, task: 'u' } },
    ],
    [
      'settles what another has reserved',
      agent,
      'system.budget',
      { ...honest('SETTLE', agent), id: `node-b-9.worker:1.agent/m/t/1#1` },
    ],
    [
      'settles under the name of one whose name begins with its own',
      agent,
      'system.budget',
      { ...honest('SETTLE', agent), id: `${agent}2/m/t/1#1` },
    ],
  ])('is refused when it %s', (_, from, to, event) => {
    expect(refused(from, to, event)).toContain('only')
  })

  it('is believed only what home can check', () => {
    for (const type of ['RESERVE', 'SETTLE', 'SPEND', 'QUOTA.OUT']) {
      expect(refused(agent, 'system.budget', honest(type, agent))).toBeUndefined()
      expect(refused(agent, 'system.budget', honest(type, agent), doubting)).toContain('only')
      const own = `${HOME_WORKER}.agent`
      expect(refused(own, 'system.budget', honest(type, own), doubting)).toBeUndefined()
    }
    const closed = honest('CLOSED', AWAY_WORKER)
    expect(refused(AWAY_WORKER, 'system.budget', closed, doubting)).toContain('only')
  })

  it('can say nothing to tasks, merge queues, orchestrators and the supervisor', () => {
    const away = senders.filter(({ from }) => from?.startsWith('node-'))
    for (const { from } of away)
      for (const to of receivers.filter((each) => each.startsWith(SUPERVISOR)))
        for (const type of EVENTS)
          expect(refused(from ?? '', to, honest(type, from ?? ''))).toContain('may not')
  })
})
