import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { poolActor, type TaskKind, ticketOf } from '../../machines/index.ts'
import { agentTask, line, modelsInUse, site, task } from './samples.ts'
import { Script, type Told } from './script.ts'

const submission = { commit: 'c', files: [], cases: 1 }

const assign = (id: string, priority = 1, attempt = 1): Told => ({
  type: 'ASSIGN',
  assignment: { task: task(id), attempt, failures: [], site, line, replyTo: `t.${id}`, priority },
})
const ticket = (id: string, attempt = 1) => ticketOf({ replyTo: `t.${id}`, attempt })
const ready = (number: number): Told => ({
  type: 'WORKER.FREE',
  worker: `worker:${number}`,
  ticket: null,
  outcome: null,
})
const back = (number: number, id: string): Told => ({
  type: 'WORKER.FREE',
  worker: `worker:${number}`,
  ticket: ticket(id),
  outcome: { kind: 'submitted', submission },
})
const lost = (number: number): Told => ({
  type: `xstate.error.actor.worker:${number}`,
  error: { message: 'killed' },
})
const cancel = (id: string): Told => ({ type: 'CANCEL', replyTo: `t.${id}`, attempt: 1 })

const needsModel = (id: string, kind: TaskKind = 'code'): Told => {
  const { assignment } = assign(id) as unknown as { assignment: object }
  return { type: 'ASSIGN', assignment: { ...assignment, task: agentTask(id, { kind }) } }
}

const pool = (size: number) => new Script(poolActor.machine, { address: 'pool', size })
/** Who was given what, in order. */
const given = (script: Script) =>
  script.mail
    .filter(([, { type }]) => type === 'ASSIGN')
    .map(([to, event]) => [to, (event.assignment as { task: { id: string } }).task.id])
const hired = (script: Script) => script.started.map(([id]) => id)

describe('pool', () => {
  it('starts its workers and tells them who they are', () => {
    expect(pool(2).started).toEqual([
      ['worker:1', 'worker', { pool: 'pool', worker: 'worker:1', agents: null }],
      ['worker:2', 'worker', { pool: 'pool', worker: 'worker:2', agents: null }],
    ])
  })

  it('gives work only to workers that have said that they are there', () => {
    const script = pool(2).tell(assign('a'))
    expect(given(script)).toEqual([])
    expect(given(script.tell(ready(2)))).toEqual([['pool.worker:2', 'a']])
    expect(script.mailTo('t.a')).toEqual(['WORK.STARTED'])
  })

  it('hands out the highest priority first and equals in the order they came', () => {
    const script = pool(1)
      .tell(assign('a', 1), assign('b', 5), assign('c', 5), assign('d', 9))
      .tell(ready(1), back(1, 'd'), back(1, 'b'), back(1, 'c'), back(1, 'a'))
    expect(given(script).map(([, id]) => id)).toEqual(['d', 'b', 'c', 'a'])
  })

  it('takes the same attempt once', () => {
    const script = pool(2).tell(ready(1), ready(2), assign('a'), assign('a'))
    expect(given(script)).toEqual([['pool.worker:1', 'a']])
  })

  it.each([
    [
      { kind: 'submitted', submission },
      { type: 'WORK.SUBMITTED', attempt: 1, submission },
    ],
    [
      { kind: 'nothing', reason: 'covered' },
      { type: 'WORK.NOTHING', attempt: 1, reason: 'covered' },
    ],
    [
      { kind: 'failed', reasons: ['no'] },
      { type: 'WORK.FAILED', attempt: 1, reasons: ['no'] },
    ],
    [{ kind: 'cancelled' }, { type: 'WORK.CANCELLED', attempt: 1 }],
  ])('tells the task how it went: %o', (outcome, answer) => {
    const script = pool(1).tell(ready(1), assign('a'), { ...back(1, 'a'), outcome })
    expect(script.mail.at(-1)).toEqual(['t.a', answer])
  })

  it('tells the task of a lost worker and hires another under a new id, after a pause', () => {
    const script = pool(1).tell(ready(1), assign('a'), lost(1))
    expect(script.last('WORKER.LOST')).toMatchObject({ attempt: 1, worker: 'worker:1', reason: 'killed' })
    expect(hired(script)).toEqual(['worker:1'])
    expect(hired(script.timeOut('pool.staff.waiting'))).toEqual(['worker:1', 'worker:2'])
  })

  it('waits the longer the more workers are lost in a row, and not for ever', () => {
    const script = pool(1)
    for (let number = 1; number <= 12; number++) script.tell(lost(number)).timeOut('pool.staff.waiting')
    const delays = script.timers.map(({ delay }) => delay)
    expect(delays).toEqual([...delays].sort((a, b) => a - b))
    expect(delays.at(0)).toBeLessThan(1_000)
    expect(delays.at(-1)).toBe(60_000)
  })

  it('forgets losses once a worker brings something back', () => {
    const script = pool(2).tell(ready(1), assign('a'), lost(2)).timeOut('pool.staff.waiting')
    script.tell(back(1, 'a'), lost(3))
    expect(script.timers.map(({ delay }) => delay)).toEqual([200, 200])
  })

  it('is not lost itself when a worker is that it no longer knows', () => {
    expect(pool(1).tell(lost(1), lost(1), lost(77)).snapshot.status).toBe('active')
  })

  it('does not believe a worker that brings back what it was not given', () => {
    const script = pool(1).tell(ready(1), assign('a'), back(1, 'other'))
    expect(script.mailTo('t.a')).toEqual(['WORK.STARTED'])
  })

  it('counts what a worker that began anew had in hand as lost', () => {
    const script = pool(1).tell(ready(1), assign('a'), ready(1))
    expect(script.mailTo('t.a')).toEqual(['WORK.STARTED', 'WORKER.LOST'])
    expect(given(script.tell(assign('b')))).toContainEqual(['pool.worker:1', 'b'])
  })

  it('takes back what a worker refuses, before its equals', () => {
    const script = pool(1).tell(ready(1), assign('a'), assign('b'))
    script.tell({ type: 'WORKER.REFUSED', worker: 'worker:1', ticket: ticket('a') })
    expect(given(script.tell(ready(1))).map(([, id]) => id)).toEqual(['a', 'a'])
  })

  it('replaces a worker that mail does not reach', () => {
    const script = pool(1).tell(ready(1), assign('a'))
    script.tell({ type: 'canopy.refused', to: 'pool.worker:1', event: { type: 'ASSIGN' }, reason: 'full' })
    expect(script.stopped).toEqual(['worker:1'])
    expect(script.mailTo('t.a')).toEqual(['WORK.STARTED', 'WORKER.LOST'])
    expect(hired(script.timeOut('pool.staff.waiting'))).toEqual(['worker:1', 'worker:2'])
  })

  describe('cancelling', () => {
    it('takes what waits off the queue', () => {
      const script = pool(1).tell(assign('a'), cancel('a'), ready(1))
      expect(script.mailTo('t.a')).toEqual(['WORK.CANCELLED'])
      expect(given(script)).toEqual([])
    })

    it('asks back what is in hand and answers when it comes', () => {
      const script = pool(1).tell(ready(1), assign('a'), cancel('a'))
      expect(script.mail.at(-1)).toEqual(['pool.worker:1', { type: 'ABORT', ticket: ticket('a') }])
      expect(script.mailTo('t.a')).toEqual(['WORK.STARTED'])
      script.tell({ ...back(1, 'a'), outcome: { kind: 'cancelled' } })
      expect(script.mailTo('t.a')).toEqual(['WORK.STARTED', 'WORK.CANCELLED'])
    })

    it('does not know of what it never had', () => {
      expect(pool(1).tell(cancel('a')).mail).toEqual([])
    })
  })

  it('hands out nothing while paused, and goes on after', () => {
    const script = pool(1).tell({ type: 'PAUSE' }, ready(1), assign('a'))
    expect(given(script)).toEqual([])
    expect(given(script.tell({ type: 'RESUME' }))).toEqual([['pool.worker:1', 'a']])
  })

  it('hands out nothing of who is held, something of others, and all after the release', () => {
    const script = pool(2).tell({ type: 'HOLD', owner: 't.m1' }, ready(1), ready(2))
    script.tell(assign('m1.a', 9), assign('m10'), assign('m1.b', 8))
    expect(given(script)).toEqual([['pool.worker:1', 'm10']])
    script.tell({ type: 'RELEASE', owner: 't.m1' })
    expect(given(script)).toEqual([
      ['pool.worker:1', 'm10'],
      ['pool.worker:2', 'm1.a'],
    ])
    expect(given(script.tell(back(1, 'm10')))).toContainEqual(['pool.worker:1', 'm1.b'])
  })

  describe('resizing', () => {
    it('grows at once', () => {
      expect(hired(pool(1).tell({ type: 'POOL.RESIZE', size: 3 }))).toHaveLength(3)
    })

    it('lets idle workers go first, and busy ones when they are done', () => {
      const script = pool(3).tell(ready(1), ready(2), ready(3), assign('a'), assign('b'))
      script.tell({ type: 'POOL.RESIZE', size: 1 })
      expect(script.stopped).toEqual(['worker:3'])
      expect(script.tell(back(2, 'b')).stopped).toEqual(['worker:3', 'worker:2'])
      expect(given(script.tell(back(1, 'a'), assign('c')))).toContainEqual(['pool.worker:1', 'c'])
    })

    it('gives nothing more to who is to leave', () => {
      const script = pool(2).tell(ready(1), ready(2), assign('a'), assign('b'), assign('c'))
      script.tell({ type: 'POOL.RESIZE', size: 1 }, back(2, 'b'))
      expect(script.stopped).toEqual(['worker:2'])
      expect(given(script.tell(back(1, 'a'))).at(-1)).toEqual(['pool.worker:1', 'c'])
    })

    it('keeps who was to leave when it grows again', () => {
      const script = pool(2).tell(ready(1), ready(2), assign('a'), assign('b'))
      script.tell({ type: 'POOL.RESIZE', size: 1 }, { type: 'POOL.RESIZE', size: 2 })
      script.tell(back(1, 'a'), back(2, 'b'))
      expect(script.stopped).toEqual([])
      expect(hired(script)).toHaveLength(2)
    })
  })

  describe('workers of other nodes', () => {
    const nodes = (...names: string[]): Told => ({
      type: 'NODES',
      nodes: names.map((node) => ({ node, workers: 1 })),
    })
    const there = (node: string): Told => ({ ...ready(1), worker: `${node}.worker:1` })
    /** One worker here, with `a`, and one of the node, with `b`. */
    const both = () => pool(1).tell(nodes('node-x-1'), ready(1), there('node-x-1'), assign('a'), assign('b'))

    it('get work at their own address, once they have said that they are there', () => {
      const script = pool(1).tell(nodes('node-x-1'), ready(1), assign('a'), assign('b'))
      expect(given(script)).toEqual([['pool.worker:1', 'a']])
      expect(given(script.tell(there('node-x-1'))).at(-1)).toEqual(['node-x-1.worker:1', 'b'])
      expect(script.last('WORK.STARTED')).toMatchObject({ worker: 'node-x-1.worker:1' })
      expect(hired(script)).toEqual(['worker:1'])
    })

    it('are not given what needs a model by default, and nobody waits behind it', () => {
      const script = pool(1).tell(nodes('node-x-1'), there('node-x-1'), needsModel('m'), assign('a'))
      expect(given(script)).toEqual([['node-x-1.worker:1', 'a']])
      expect(given(script.tell(ready(1))).at(-1)).toEqual(['pool.worker:1', 'm'])
    })

    describe('whose node can do what needs a model', () => {
      const able = (node: string, workers = 1): Told => ({
        type: 'NODES',
        nodes: [{ node, workers, agents: true }],
      })
      const withAgents = (size: number) =>
        new Script(poolActor.machine, {
          address: 'pool',
          size,
          agents: { budget: 'budget', models: modelsInUse },
        })
      const closed = { type: 'CLOSED', milestone: 'm1', task: 'm', attempt: 1 }

      it.each<TaskKind>(['code', 'review'])('are given it: %s', (kind) => {
        const script = withAgents(1).tell(able('node-x-1'), there('node-x-1'), needsModel('m', kind))
        expect(given(script)).toEqual([['node-x-1.worker:1', 'm']])
      })

      it('are lost with it: the budget hears that no more comes of the attempt, and nobody is to blame', () => {
        const script = withAgents(1).tell(able('node-x-1'), there('node-x-1'), needsModel('m'), nodes())
        expect(script.mailTo('t.m')).toEqual(['WORK.STARTED', 'WORKER.LOST'])
        expect(script.last('WORKER.LOST')).toMatchObject({ blameless: true })
        expect(script.mail).toContainEqual(['budget', closed])
      })

      it('are told of to the budget once, also when they began anew, and never for what needs no model', () => {
        const script = withAgents(1).tell(able('node-x-1', 2), there('node-x-1'), needsModel('m'))
        script.tell(there('node-x-1'), assign('a'), nodes(), nodes())
        expect(script.mailTo('budget')).toEqual(['CLOSED'])
      })

      it('are not while no model may be asked', () => {
        const script = withAgents(1).tell(able('node-x-1'), there('node-x-1'))
        script.tell({ type: 'MODELS', available: false }, needsModel('m'))
        expect(given(script)).toEqual([])
      })
    })

    it('share the work by how many hands of a machine are free', () => {
      const crew: Told = { type: 'NODES', nodes: [{ node: 'node-x-1', workers: 2 }] }
      const second: Told = { ...ready(2), worker: 'node-x-1.worker:2' }
      const script = pool(4).tell(crew, ready(1), ready(2), ready(3), ready(4), there('node-x-1'), second)
      const ids = ['a', 'b', 'c', 'd', 'e', 'f']
      script.tell(...ids.map((id) => assign(id)))
      expect(given(script).map(([to]) => to)).toEqual([
        'pool.worker:1',
        'node-x-1.worker:1',
        'pool.worker:2',
        'pool.worker:3',
        'node-x-1.worker:2',
        'pool.worker:4',
      ])
    })

    it('nor is anybody while no model may be asked', () => {
      const script = pool(1).tell(ready(1), { type: 'MODELS', available: false })
      script.tell(needsModel('m'))
      expect(given(script)).toEqual([])
      expect(given(script.tell({ type: 'MODELS', available: true }))).toEqual([['pool.worker:1', 'm']])
    })

    it('bring back what they did, and are called back, like any other', () => {
      const script = both()
      script.tell(cancel('b'))
      expect(script.mail.at(-1)).toEqual(['node-x-1.worker:1', { type: 'ABORT', ticket: ticket('b') }])
      script.tell({ ...back(1, 'b'), worker: 'node-x-1.worker:1' }, assign('c'))
      expect(script.mailTo('t.b')).toEqual(['WORK.STARTED', 'WORK.SUBMITTED'])
      expect(given(script).at(-1)).toEqual(['node-x-1.worker:1', 'c'])
    })

    it('are lost with their node: each task hears so once, and that nobody is to blame', () => {
      const script = both().tell(nodes(), nodes())
      expect(script.mailTo('t.a')).toEqual(['WORK.STARTED'])
      expect(script.mailTo('t.b')).toEqual(['WORK.STARTED', 'WORKER.LOST'])
      expect(script.last('WORKER.LOST')).toMatchObject({ worker: 'node-x-1.worker:1', blameless: true })
      expect(script.facts.map(({ type }) => type).filter((type) => /^pool\./.test(type))).toEqual([
        'pool.joined',
        'pool.left',
      ])
    })

    it('are nobody once their node is gone, also when it joins again', () => {
      const script = both().tell(nodes(), nodes('node-x-2'), there('node-x-2'), assign('b', 1, 2))
      script.tell({ ...back(1, 'b'), worker: 'node-x-1.worker:1' }, there('node-x-1'))
      expect(script.mailTo('t.b')).toEqual(['WORK.STARTED', 'WORKER.LOST', 'WORK.STARTED'])
      expect(given(script).at(-1)).toEqual(['node-x-2.worker:1', 'b'])
    })

    it('do not count for the size of the pool', () => {
      const script = both().tell({ type: 'POOL.RESIZE', size: 2 })
      expect(hired(script)).toEqual(['worker:1', 'worker:2'])
      script.tell({ type: 'POOL.RESIZE', size: 1 }, { ...back(1, 'b'), worker: 'node-x-1.worker:1' })
      expect(given(script.tell(assign('c'))).at(-1)).toEqual(['node-x-1.worker:1', 'c'])
    })

    it('are not taken for one of the own when mail does not reach them', () => {
      const script = both()
      const to = 'node-x-1.worker:1'
      script.tell({ type: 'canopy.refused', to, event: { type: 'ASSIGN' }, reason: 'full' })
      expect(script.mailTo('t.a')).toEqual(['WORK.STARTED'])
      expect(script.mailTo('t.b')).toEqual(['WORK.STARTED', 'WORKER.LOST'])
    })
  })

  it('answers every assignment once, whatever the order', () => {
    const steps = fc.array(
      fc.record({
        what: fc.constantFrom(
          'assign',
          'work',
          'lose',
          'cancel',
          'pause',
          'resume',
          'resize',
          'reborn',
          'late',
          'nodes',
        ),
        which: fc.nat(),
      }),
      { maxLength: 80 },
    )
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 4 }), (all, size) => {
        const play = new PoolPlay(size)
        for (const { what, which } of all) play[what](which)
        play.finish()
        expect(play.answers()).toEqual(play.asked.map((id) => [id, 1]))
      }),
      { numRuns: 150 },
    )
  })
})

/** A pool with workers that do as chance has it. */
class PoolPlay {
  readonly asked: string[] = []
  readonly #script: Script
  /** Lost workers, with what they had. */
  #gone = new Map<string, string | null>()
  #joins = 0

  constructor(size: number) {
    this.#script = pool(size)
  }

  assign(priority: number): void {
    const id = `n${this.asked.length}`
    this.asked.push(id)
    this.#script.tell(assign(id, priority % 3))
  }

  /** A worker says that it is there, or brings back what it has. */
  work(which: number): void {
    const worker = this.#pick(which)
    if (worker) this.#script.tell(this.#free(worker))
  }

  lose(which: number): void {
    const worker = this.#pick(which)
    if (!worker) return
    this.#gone.set(worker, this.#workers()[worker]?.ticket ?? null)
    this.#script.tell({ type: `xstate.error.actor.${worker}`, error: { message: 'killed' } })
    this.#hire()
  }

  reborn(which: number): void {
    const worker = this.#pick(which)
    if (worker) this.#script.tell({ type: 'WORKER.FREE', worker, ticket: null, outcome: null })
  }

  /** Something that was sent before the worker was lost. */
  late(which: number): void {
    const [gone] = [...this.#gone].slice(which % Math.max(1, this.#gone.size))
    if (!gone) return
    const outcome = { kind: 'submitted', submission }
    this.#script.tell({ type: 'WORKER.FREE', worker: gone[0], ticket: gone[1], outcome })
  }

  /** Any of three nodes is there, each for the first time or no more. */
  nodes(which: number): void {
    const before = this.#workers()
    const there = ['x', 'y', 'z'].filter((_, index) => ((which >> index) & 1) === 1)
    const named = there.map((name) => this.#joined(name))
    // One of the three can do what needs a model.
    const crews = named.map((node) => ({ node, workers: 2, ...(/-y-/.test(node) && { agents: true }) }))
    this.#script.tell({ type: 'NODES', nodes: crews })
    for (const [id, { ticket }] of Object.entries(before))
      if (!(id in this.#workers())) this.#gone.set(id, ticket)
  }

  /** Whoever was gone comes back under another address. */
  #joined(name: string): string {
    const known = Object.keys(this.#workers()).find((id) => id.startsWith(`node-${name}-`))
    if (known) return known.slice(0, known.indexOf('.'))
    this.#joins += 1
    return `node-${name}-${this.#joins}`
  }

  cancel(which: number): void {
    this.#script.tell(cancel(this.asked[which % Math.max(1, this.asked.length)] ?? 'none'))
  }

  pause(): void {
    this.#script.tell({ type: 'PAUSE' })
  }

  resume(): void {
    this.#script.tell({ type: 'RESUME' })
  }

  resize(size: number): void {
    this.#script.tell({ type: 'POOL.RESIZE', size: 1 + (size % 4) })
  }

  /** All that is there is worked off. */
  finish(): void {
    this.resume()
    this.#hire()
    for (let round = 0; round < this.asked.length + 2; round++)
      for (const worker of Object.keys(this.#workers())) this.#script.tell(this.#free(worker))
  }

  answers(): [string, number][] {
    const ends = /^(WORK\.(SUBMITTED|NOTHING|FAILED|CANCELLED)|WORKER\.LOST)$/
    return this.asked.map((id) => [
      id,
      this.#script.mailTo(`t.${id}`).filter((type) => ends.test(type)).length,
    ])
  }

  #hire(): void {
    const value = this.#script.value as { staff: string }
    if (value.staff === 'waiting') this.#script.timeOut('pool.staff.waiting')
  }

  #workers(): Record<string, { ticket: string | null }> {
    return (this.#script.snapshot.context as { workers: Record<string, { ticket: string | null }> }).workers
  }

  #pick(which: number): string | undefined {
    const ids = Object.keys(this.#workers())
    return ids[which % Math.max(1, ids.length)]
  }

  #free(worker: string): Told {
    const ticket = this.#workers()[worker]?.ticket ?? null
    return {
      type: 'WORKER.FREE',
      worker,
      ticket,
      outcome: ticket === null ? null : { kind: 'submitted', submission },
    }
  }
}
