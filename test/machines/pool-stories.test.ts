// A pool with its own workers and those of nodes, under any order of mail: assignments, cancellations, workers that come,
// finish, refuse, begin again and are lost, nodes that join and leave, pauses, holds and models that may not be asked.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasInHand, inHandAt, type PoolContext, poolActor, ticketOf } from '../../machines/index.ts'
import { agentTask, line, modelsInUse, site, task } from './samples.ts'
import { Script, type Told } from './script.ts'

const submission = { commit: 'c', files: [], cases: 1 }

const orchestrator = fc.constantFrom('o1', 'o2')
const letter = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant('assign' as const),
      of: orchestrator,
      id: fc.nat({ max: 7 }),
      attempt: fc.integer({ min: 1, max: 2 }),
      priority: fc.integer({ min: 1, max: 5 }),
      agents: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant('cancel' as const), of: orchestrator, id: fc.nat({ max: 7 }) }),
  },
  { weight: 5, arbitrary: fc.record({ op: fc.constant('ready' as const), at: fc.nat({ max: 7 }) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant('finish' as const),
      at: fc.nat({ max: 7 }),
      kind: fc.constantFrom('submitted', 'answered', 'nothing', 'failed', 'cancelled'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('refuse' as const), at: fc.nat({ max: 7 }) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('lose' as const), at: fc.nat({ max: 7 }) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('unreachable' as const), at: fc.nat({ max: 7 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('resize' as const), size: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('nodes' as const),
      nodes: fc.uniqueArray(fc.constantFrom('node-a', 'node-b', 'node-c'), { maxLength: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('hold' as const), of: orchestrator, on: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('models' as const), available: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('pause' as const), on: fc.boolean() }) },
  { weight: 2, arbitrary: fc.constant({ op: 'timer' as const }) },
)
type Letter = typeof letter extends fc.Arbitrary<infer Value> ? Value : never
const story = fc.array(letter, { maxLength: 80 })

interface PoolState extends PoolContext {
  readonly queue: readonly { readonly ticket: string; readonly priority: number }[]
  readonly held: readonly string[]
  readonly modelsOut: boolean
  readonly size: number
}

/** Only node-b has workers that can do tasks of agents. */
const nodeOf = (node: string) => ({ node, workers: 2, agents: node === 'node-b' })
const outcomes: Readonly<Record<string, object>> = {
  submitted: { kind: 'submitted', submission },
  answered: { kind: 'answered', answer: {} },
  nothing: { kind: 'nothing', reason: 'covered' },
  failed: { kind: 'failed', reasons: ['no'] },
  cancelled: { kind: 'cancelled' },
}
const ANSWERS = [
  'WORK.SUBMITTED',
  'WORK.ANSWERED',
  'WORK.NOTHING',
  'WORK.FAILED',
  'WORK.CANCELLED',
  'WORKER.LOST',
]

/** A pool, and the tasks that were assigned. */
class Pool {
  readonly script = new Script(poolActor.machine, {
    address: 'pool',
    size: 2,
    agents: { budget: 'budget', models: modelsInUse },
  })
  readonly assigned = new Set<string>()
  /** The pool has answered them all. */
  readonly answered: string[] = []

  get state(): PoolState {
    return this.script.snapshot.context as PoolState
  }

  get workers(): string[] {
    return Object.keys(this.state.workers)
  }

  play(letter: Letter): void {
    const before = this.script.mail.length
    for (const each of this.#events(letter)) this.script.tell(each)
    for (const [to, { type, attempt }] of this.script.mail.slice(before))
      if (ANSWERS.includes(type)) this.answered.push(`${to}#${attempt}`)
  }

  #events(letter: Letter): Told[] {
    switch (letter.op) {
      case 'assign': {
        const { of, id, attempt, priority, agents } = letter
        const replyTo = `${of}.task:${id}`
        const its = agents ? agentTask(`${id}`) : task(`${id}`)
        this.assigned.add(ticketOf({ replyTo, attempt }))
        const assignment = { task: its, attempt, failures: [], site, line, replyTo, priority }
        return [{ type: 'ASSIGN', assignment }]
      }
      case 'cancel':
        return [{ type: 'CANCEL', replyTo: `${letter.of}.task:${letter.id}`, attempt: 1 }]
      case 'ready':
        return this.#with(letter.at, (worker) => ({
          type: 'WORKER.FREE',
          worker,
          ticket: null,
          outcome: null,
        }))
      case 'finish':
        return this.#with(letter.at, (worker, ticket) => ({
          type: 'WORKER.FREE',
          worker,
          ticket: ticket ?? 'none#1',
          outcome: outcomes[letter.kind],
        }))
      case 'refuse':
        return this.#with(letter.at, (worker, ticket) => ({
          type: 'WORKER.REFUSED',
          worker,
          ticket: ticket ?? 'none',
        }))
      case 'lose':
        return this.#with(letter.at, (worker) =>
          worker.startsWith('node-')
            ? undefined
            : { type: `xstate.error.actor.${worker}`, error: { message: 'killed' } },
        )
      case 'unreachable':
        return this.#with(letter.at, (worker) => ({
          type: 'canopy.refused',
          to: worker.startsWith('node-') ? worker : `pool.${worker}`,
          event: { type: 'ASSIGN' },
          reason: 'full',
        }))
      case 'resize':
        return [{ type: 'POOL.RESIZE', size: letter.size }]
      case 'nodes':
        return [{ type: 'NODES', nodes: letter.nodes.map(nodeOf) }]
      case 'hold':
        return [{ type: letter.on ? 'HOLD' : 'RELEASE', owner: letter.of }]
      case 'models':
        return [{ type: 'MODELS', available: letter.available }]
      case 'pause':
        return [{ type: letter.on ? 'PAUSE' : 'RESUME' }]
      case 'timer': {
        const nodes = this.script.snapshot._nodes as { after: { eventType: string }[] }[]
        return nodes.flatMap(({ after }) => after.map(({ eventType }) => ({ type: eventType })))
      }
    }
  }

  #with(at: number, event: (worker: string, ticket: string | null) => Told | undefined): Told[] {
    const worker = this.workers[at % Math.max(1, this.workers.length)]
    const told = worker === undefined ? undefined : event(worker, this.state.workers[worker]?.ticket ?? null)
    return told ? [told] : []
  }

  /** All is released, and all workers are there and report. */
  finish(): void {
    const end: Letter[] = [
      { op: 'pause', on: false },
      { op: 'models', available: true },
      { op: 'hold', of: 'o1', on: false },
      { op: 'hold', of: 'o2', on: false },
      { op: 'timer' },
    ]
    for (const each of end) this.play(each)
    for (let round = 0; this.state.assignments.size > 0; round += 1) {
      expect(round).toBeLessThan(100)
      for (const [at] of this.workers.entries()) {
        this.play({ op: 'finish', at, kind: 'submitted' })
        this.play({ op: 'ready', at })
      }
      this.play({ op: 'timer' })
    }
  }
}

function isAgents(pool: Pool, ticket: string): boolean {
  const its = pool.state.assignments.get(ticket)?.task
  return its !== undefined && !('module' in its)
}

describe('a pool told any story', () => {
  it('has each assignment either waiting or with one worker', () => {
    fc.assert(
      fc.property(story, (letters) => {
        const pool = new Pool()
        for (const each of letters) {
          pool.play(each)
          const waiting = pool.state.queue.map(({ ticket }) => ticket)
          const held = Object.values(pool.state.workers).flatMap(({ ticket }) => ticket ?? [])
          const known = [...pool.state.assignments].map(([ticket]) => ticket)
          expect([...waiting, ...held].toSorted()).toEqual(known.toSorted())
          const priorities = pool.state.queue.map(({ priority }) => priority)
          expect(priorities).toEqual(priorities.toSorted((one, other) => other - one))
        }
      }),
      { numRuns: 60 },
    )
  })

  it('gives each worker one assignment at a time, and only when it said that it is free', () => {
    fc.assert(
      fc.property(story, (letters) => {
        const pool = new Pool()
        for (const each of letters) {
          const before = pool.script.mail.length
          const wasFree = new Set(
            Object.entries(pool.state.workers).flatMap(([id, { state }]) => (state === 'free' ? [id] : [])),
          )
          pool.play(each)
          for (const [to, { type }] of pool.script.mail.slice(before)) {
            if (type !== 'ASSIGN') continue
            const worker = to.replace('pool.', '')
            const reported = each.op === 'ready' || each.op === 'finish'
            expect(wasFree.has(worker) || reported, `${worker} got work`).toBe(true)
            expect(pool.state.workers[worker]?.state).toBe('busy')
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('hands out nothing while it is paused, nothing that is held, and no task of an agent without models', () => {
    fc.assert(
      fc.property(story, (letters) => {
        const pool = new Pool()
        for (const each of letters) {
          const before = pool.script.mail.length
          pool.play(each)
          const given = pool.script.mail.slice(before).filter(([, { type }]) => type === 'ASSIGN')
          if (given.length === 0) continue
          expect(pool.script.value).toMatchObject({ work: 'open' })
          for (const [to, { assignment }] of given) {
            const { replyTo, task: its } = assignment as { replyTo: string; task: object }
            expect(pool.state.held.some((owner) => replyTo.startsWith(`${owner}.`))).toBe(false)
            if ('module' in its) continue
            expect(pool.state.modelsOut).toBe(false)
            expect(to).toMatch(/^(pool\.|node-b)/)
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('leaves no worker free while there is work that it may do', () => {
    fc.assert(
      fc.property(story, (letters) => {
        const pool = new Pool()
        for (const each of letters) {
          pool.play(each)
          const { queue, workers, held, modelsOut } = pool.state
          if (JSON.stringify(pool.script.value).includes('paused')) continue
          const free = Object.entries(workers).filter(
            ([, { state, leaving }]) => state === 'free' && !leaving,
          )
          const open = queue.filter(({ ticket }) => !held.some((owner) => ticket.startsWith(`${owner}.`)))
          for (const { ticket } of open) {
            const able = free.filter(
              ([, { node, agents }]) =>
                !isAgents(pool, ticket) || (!modelsOut && (node === undefined || agents === true)),
            )
            expect(able, ticket).toEqual([])
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('answers each assignment once in the end, and nothing that was never assigned', () => {
    fc.assert(
      fc.property(story, (letters) => {
        const pool = new Pool()
        // Each attempt is assigned once: a task does not ask again for an attempt that was answered.
        const seen = new Set<string>()
        for (const each of letters) {
          if (each.op === 'assign') {
            const name = `${each.of}.task:${each.id}#${each.attempt}`
            if (seen.has(name)) continue
            seen.add(name)
          }
          pool.play(each)
        }
        pool.finish()
        expect(new Set(pool.answered).size).toBe(pool.answered.length)
        expect(pool.answered.toSorted()).toEqual([...pool.assigned].toSorted())
      }),
      { numRuns: 60 },
    )
  })

  it('keeps as many workers of its own as it should, and forgets those of nodes that left', () => {
    fc.assert(
      fc.property(story, (letters) => {
        const pool = new Pool()
        let there: readonly string[] = []
        for (const each of letters) {
          pool.play(each)
          if (each.op === 'nodes') there = each.nodes
          for (const { node } of Object.values(pool.state.workers))
            if (node !== undefined) expect(there).toContain(node)
          const staying = Object.values(pool.state.workers).filter(
            ({ node, leaving }) => node === undefined && !leaving,
          )
          expect(staying.length).toBeLessThanOrEqual(pool.state.size)
        }
        pool.play({ op: 'timer' })
        const staying = Object.values(pool.state.workers).filter(
          ({ node, leaving }) => node === undefined && !leaving,
        )
        expect(staying).toHaveLength(pool.state.size)
        const started = pool.script.started.map(([id]) => id)
        expect(new Set(started).size).toBe(started.length)
      }),
      { numRuns: 60 },
    )
  })

  it('closes the account of each agent’s attempt that a lost worker or node had', () => {
    fc.assert(
      fc.property(story, (letters) => {
        const pool = new Pool()
        for (const each of letters) {
          const agents = new Set(
            [...pool.state.assignments].flatMap(([key]) => (isAgents(pool, key) ? [key] : [])),
          )
          const before = pool.script.mail.length
          pool.play(each)
          const mail = pool.script.mail.slice(before)
          const lost = mail.filter(
            ([to, { type, attempt }]) => type === 'WORKER.LOST' && agents.has(`${to}#${attempt}`),
          )
          expect(mail.filter(([to, { type }]) => to === 'budget' && type === 'CLOSED')).toHaveLength(
            lost.length,
          )
        }
      }),
      { numRuns: 50 },
    )
  })

  it('knows which worker has which attempt in hand, by node and by account', () => {
    fc.assert(
      fc.property(story, (letters) => {
        const pool = new Pool()
        for (const each of letters) pool.play(each)
        for (const [worker, { ticket, node }] of Object.entries(pool.state.workers)) {
          const given = ticket === null ? undefined : pool.state.assignments.get(ticket)
          for (const [, { task: its, attempt }] of pool.state.assignments) {
            const account = { milestone: 'm1', task: its.id, attempt }
            const isIts = given?.task.id === its.id && given.attempt === attempt
            expect(hasInHand(pool.state, worker, account)).toBe(isIts)
          }
          if (node !== undefined && given) expect(inHandAt(pool.state, node)).toContain(given)
        }
        expect(hasInHand(pool.state, 'constructor', { milestone: 'm1', task: '1', attempt: 1 })).toBe(false)
        expect(inHandAt(pool.state, 'node-unknown')).toEqual([])
      }),
      { numRuns: 40 },
    )
  })
})

describe('a pool that hears from strangers', () => {
  const strangers = ['worker:99', 'constructor', '__proto__', 'toString', 'node-x.worker:1', '']

  it.each(strangers)('changes nothing for a worker that it does not know: %j', (worker) => {
    const pool = new Pool()
    pool.play({ op: 'assign', of: 'o1', id: 1, attempt: 1, priority: 1, agents: false })
    const before = [JSON.stringify(pool.state), pool.script.mail.length]
    const its = 'o1.task:1#1'
    for (const ticket of [null, its, 'none#1']) {
      pool.script.tell({ type: 'WORKER.FREE', worker, ticket, outcome: { kind: 'submitted', submission } })
      pool.script.tell({ type: 'WORKER.FREE', worker, ticket, outcome: null })
      pool.script.tell({ type: 'WORKER.REFUSED', worker, ticket: ticket ?? '' })
    }
    pool.script.tell({
      type: 'canopy.refused',
      to: `pool.${worker}`,
      event: { type: 'ASSIGN' },
      reason: 'full',
    })
    pool.script.tell({ type: `xstate.error.actor.${worker}`, error: { message: 'killed' } })
    expect([JSON.stringify(pool.state), pool.script.mail.length]).toEqual(before)
  })

  it('changes nothing for the cancellation of what was never assigned or is answered already', () => {
    const pool = new Pool()
    const before = JSON.stringify(pool.state)
    pool.play({ op: 'cancel', of: 'o1', id: 3 })
    expect(JSON.stringify(pool.state)).toBe(before)
    pool.play({ op: 'ready', at: 0 })
    pool.play({ op: 'assign', of: 'o1', id: 3, attempt: 1, priority: 1, agents: false })
    pool.play({ op: 'finish', at: 0, kind: 'failed' })
    const answered = pool.script.mail.length
    pool.play({ op: 'cancel', of: 'o1', id: 3 })
    expect(pool.script.mail.length).toBe(answered)
  })
})
