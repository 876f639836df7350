import { describe, expect, it } from 'vitest'
import { type Budget, budgetActor, budgetSchema, defaultBudget } from '../../machines/index.ts'
import { Script, type Told } from './script.ts'

const usage = (tokens: number) => ({ input: tokens, cacheRead: 0, cacheWrite: 0, output: 0 })
const account = (task = 'a', attempt = 1, milestone = 'm1') => ({ milestone, task, attempt })

const reserve = (id: string, microdollars: number, of = account(), tokens = 100): Told => ({
  type: 'RESERVE',
  id,
  account: of,
  tokens,
  microdollars,
  replyTo: id.replace(/#.*/, ''),
})
const settle = (id: string, microdollars: number, tokens = 50): Told => ({
  type: 'SETTLE',
  id,
  usage: usage(tokens),
  microdollars,
})
const raise = (fields: object): Told => ({ type: 'RAISE', ...fields })

function budget(caps: Partial<Budget> = {}): Script {
  const told = new Script(budgetActor.machine, { caps: budgetSchema.parse(caps) })
  const { tell } = told
  // Mail is only what the schema takes.
  told.tell = (...events) => {
    for (const event of events)
      if (!/^(xstate|canopy|POST)\./.test(event.type)) budgetActor.events.parse(event)
    return tell.apply(told, events)
  }
  return told
}

const answers = (told: Script, to: string) => told.mailTo(to).map((type) => type.replace('BUDGET.', ''))
const facts = (told: Script, type: string) => told.facts.filter((fact) => fact.type === type)
const sums = (told: Script) => told.snapshot.context.sums as Map<string, never>
const sum = (told: Script, ...names: (string | number)[]) =>
  sums(told).get(JSON.stringify(names)) as undefined | Record<'settled' | 'reserved', Record<string, number>>

describe('a budget', () => {
  it('without caps grants everything and keeps the sums', () => {
    const told = budget().tell(reserve('x#1', 1e9), reserve('y#1', 1e9), settle('x#1', 7, 3))
    expect([answers(told, 'x'), answers(told, 'y')]).toEqual([['GRANTED'], ['GRANTED']])
    for (const names of [[], ['m1'], ['m1', 'a'], ['m1', 'a', 1]])
      expect(sum(told, ...names)).toMatchObject({
        settled: { microdollars: 7, tokens: 3 },
        reserved: { microdollars: 1e9, tokens: 100 },
      })
  })

  it('counts what is reserved before it is spent', () => {
    const told = budget({ run: { usd: 0.000_1 } }).tell(reserve('x#1', 60), reserve('y#1', 60))
    expect(answers(told, 'y')).toEqual(['HELD'])
    expect(told.last('BUDGET.HELD')?.reason).toMatch(
      /the run has taken 0.00 usd of 0.0001 usd, 0.000060 usd reserved, 0.000060 usd asked for/,
    )
    expect(told.value).toMatchObject({ grants: 'granting' })
    told.tell(settle('x#1', 40))
    expect(answers(told, 'y')).toEqual(['HELD', 'GRANTED'])
  })

  it('takes a reservation said twice for one, and counts a settlement once', () => {
    const told = budget().tell(reserve('x#1', 60), reserve('x#1', 60), settle('x#1', 50), settle('x#1', 50))
    told.tell(reserve('x#1', 60), settle('x#1', 50))
    expect(answers(told, 'x')).toEqual(['GRANTED', 'GRANTED', 'GRANTED'])
    expect(sum(told)).toMatchObject({ settled: { microdollars: 50 }, reserved: { microdollars: 0 } })
    expect(facts(told, 'budget.settled')).toHaveLength(1)
  })

  it('counts what nobody had reserved all the same, and says so', () => {
    const told = budget().tell(
      settle('nobody#1', 5),
      settle('nobody#1', 5),
      reserve('x#1', 9),
      settle('x#2', 3),
    )
    expect(sum(told)?.settled.microdollars).toBe(8)
    expect(sum(told, 'm1', 'a', 1)?.settled.microdollars).toBe(3)
    expect(facts(told, 'budget.settled')).toMatchObject([
      { id: 'nobody#1', milestone: null, reserved: false, microdollars: 5 },
      { id: 'x#2', milestone: 'm1', reserved: false },
    ])
  })

  it('counts fully what a vendor took beyond the reservation', () => {
    const told = budget({ run: { usd: 0.000_1 } }).tell(
      reserve('x#1', 60),
      settle('x#1', 500),
      reserve('x#2', 1),
    )
    expect(sum(told)?.settled.microdollars).toBe(500)
    expect(answers(told, 'x')).toEqual(['GRANTED', 'HELD'])
    expect(told.value).toMatchObject({ grants: 'at_cap' })
    // What costs nothing is not held up by what others cost.
    expect(answers(told.tell(reserve('free#1', 0)), 'free')).toEqual(['GRANTED'])
  })

  it('refuses what a task or an attempt may not take, and holds what the run may not', () => {
    const caps = { run: { tokens: 1_000 }, task: { tokens: 500 }, attempt: { tokens: 300 } }
    const told = budget(caps).tell(reserve('x#1', 0, account(), 300), settle('x#1', 0, 300))
    told.tell(reserve('x#2', 0, account(), 10))
    expect(answers(told, 'x')).toEqual(['GRANTED', 'REFUSED'])
    expect(told.last('BUDGET.REFUSED')?.reason).toContain(
      'attempt 1 of task a has taken 300 tokens of 300 tokens',
    )
    expect(told.last('BUDGET.REFUSED')?.scope).toBe('attempt')
    told.tell(
      reserve('y#1', 0, account('a', 2), 200),
      settle('y#1', 0, 200),
      reserve('y#2', 0, account('a', 2), 1),
    )
    expect(answers(told, 'y')).toEqual(['GRANTED', 'REFUSED'])
    expect(told.last('BUDGET.REFUSED')?.reason).toContain('task a has taken 500')
    expect(told.last('BUDGET.REFUSED')?.scope).toBe('task')
    told.tell(
      reserve('z#1', 0, account('b'), 300),
      settle('z#1', 0, 300),
      reserve('z#2', 0, account('c'), 300),
    )
    expect(answers(told, 'z')).toEqual(['GRANTED', 'HELD'])
    expect(facts(told, 'budget.held')).toMatchObject([
      { id: 'z#2', scope: 'run', milestone: null, task: null },
    ])
  })

  it('tells of each threshold once for a value of the cap', () => {
    const told = budget({ run: { tokens: 100 } })
    const alerts = () => facts(told, 'budget.alert').map(({ percent, cap }) => [percent, cap])
    told.tell(settle('x#1', 0, 49))
    expect(alerts()).toEqual([])
    told.tell(settle('x#2', 0, 1), settle('x#3', 0, 1))
    expect(alerts()).toEqual([[50, '100 tokens']])
    told.tell(settle('x#4', 0, 60), settle('x#5', 0, 1))
    expect(alerts().slice(1)).toEqual([
      [80, '100 tokens'],
      [100, '100 tokens'],
    ])
    told.tell(raise({ tokens: 200 }), settle('x#6', 0, 1), settle('x#7', 0, 1))
    expect(alerts().slice(3)).toEqual([[50, '200 tokens']])
  })

  it('grants what waits in order when the cap is raised, and what was paid counts on', () => {
    const told = budget({ run: { usd: 0.000_1 } }).tell(reserve('x#1', 90), settle('x#1', 90))
    told.tell(reserve('x#2', 50), reserve('y#1', 50), reserve('z#1', 5, account('b')))
    // One that no settlement would help holds up nobody.
    expect(answers(told, 'z')).toEqual(['GRANTED'])
    told.tell(raise({ usd: 0.000_05 }))
    expect(facts(told, 'budget.raised')).toEqual([])
    told.tell(raise({ usd: 0.000_15 }))
    expect([answers(told, 'x').at(-1), answers(told, 'y').at(-1)]).toEqual(['GRANTED', 'HELD'])
    told.tell(raise({ usd: 0.000_2 }))
    expect(answers(told, 'y').at(-1)).toBe('GRANTED')
    expect(told.value).toMatchObject({ grants: 'granting' })
    expect(facts(told, 'budget.raised')).toHaveLength(2)
    expect(sum(told)?.settled.microdollars).toBe(90)
  })

  it('lets nobody pass who only waits for its turn', () => {
    const told = budget({ run: { tokens: 100 } }).tell(reserve('x#1', 0, account(), 60))
    told.tell(reserve('y#1', 0, account(), 50), reserve('z#1', 0, account(), 10))
    expect(answers(told, 'z')).toEqual(['HELD'])
    const order = () => told.mail.filter(([, { type }]) => type === 'BUDGET.GRANTED').map(([to]) => to)
    told.tell(settle('x#1', 0, 10))
    expect(order()).toEqual(['x', 'y', 'z'])
  })

  it('holds a milestone at its own cap and the others not', () => {
    const told = budget({ milestone: { usd: 0.000_1 } }).tell(settle('q#1', 0))
    told.tell(
      reserve('x#1', 90),
      settle('x#1', 90),
      reserve('x#2', 50),
      reserve('y#1', 50, account('b', 1, 'm2')),
    )
    expect([answers(told, 'x'), answers(told, 'y')]).toEqual([['GRANTED', 'HELD'], ['GRANTED']])
    told.tell(settle('y#1', 90), reserve('y#2', 50, account('b', 1, 'm2')))
    told.tell(raise({ milestone: 'm1', usd: 0.000_2 }))
    expect([answers(told, 'x').at(-1), answers(told, 'y').at(-1)]).toEqual(['GRANTED', 'HELD'])
    told.tell(raise({ scope: 'milestone', usd: 0.000_2 }))
    expect(answers(told, 'y').at(-1)).toBe('GRANTED')
  })

  it('counts commands and ends when their time is used up', () => {
    const spend = (id: string, computeSeconds: number): Told => ({
      type: 'SPEND',
      id,
      account: account(),
      computeSeconds,
    })
    const told = budget({ attempt: { computeSeconds: 10 } }).tell(
      reserve('x#1', 1),
      spend('x#1', 6),
      spend('x#1', 6),
    )
    expect(sum(told, 'm1')?.settled.computeMs).toBe(6_000)
    told.tell(settle('x#1', 1), reserve('x#2', 1), spend('x#2', 4.5), reserve('x#3', 1))
    expect(answers(told, 'x')).toEqual(['GRANTED', 'GRANTED', 'REFUSED'])
    expect(facts(told, 'budget.alert').map(({ percent, scope }) => [percent, scope])).toEqual([
      [50, 'attempt'],
      [80, 'attempt'],
      [100, 'attempt'],
    ])
  })

  it('counts wall time only where it is capped, and not while all wait', () => {
    expect(budget({ run: { usd: 1 } }).timers).toEqual([])
    const told = budget({ run: { minutes: 0.5 }, milestone: { usd: 0.000_1 } })
    told.tell(reserve('x#1', 90)).timeOut('clock.read').timeOut('clock.read')
    expect(sum(told)?.settled.ms).toBe(20_000)
    told.tell(settle('x#1', 90), reserve('x#2', 90)).timeOut('clock.read').timeOut('clock.read')
    expect(sum(told, 'm1', 'a', 1)?.settled.ms).toBe(20_000)
    told.tell(raise({ milestone: 'm1', usd: 1 }), settle('x#2', 1)).timeOut('clock.read')
    told.tell(reserve('x#3', 1))
    expect(answers(told, 'x')).toEqual(['GRANTED', 'HELD', 'GRANTED', 'HELD'])
    expect(told.last('BUDGET.HELD')?.reason).toContain('the run has taken 0.5 minutes of 0.5 minutes')
  })
})

describe('out of quota', () => {
  const out = (retryAfterMs?: number): Told => ({
    type: 'QUOTA.OUT',
    model: 'a/b',
    message: 'the month is used up',
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })

  it('grants nothing until its time has passed, and then what waits', () => {
    const told = budget().tell(reserve('x#1', 1), out(3_600_000), reserve('y#1', 1), settle('x#1', 1))
    expect(told.value).toMatchObject({ grants: { out_of_quota: 'waiting' } })
    expect(answers(told, 'y')).toEqual(['HELD'])
    expect(told.last('BUDGET.HELD')?.reason).toBe('the month is used up')
    expect(told.timers.map(({ delay }) => delay)).toEqual([3_600_000])
    told.timeOut('out_of_quota.waiting')
    expect(answers(told, 'y')).toEqual(['HELD', 'GRANTED'])
    expect(told.facts.map(({ type }) => type)).toEqual([
      'budget.out_of_quota',
      'budget.settled',
      'budget.resumed',
    ])
  })

  it('holds the pool, which begins nothing more that needs a model', () => {
    const input = { caps: budgetSchema.parse({}), pool: 'system.pool' }
    const told = new Script(budgetActor.machine, input).tell(out(1_000))
    expect(told.mail).toEqual([['system.pool', { type: 'MODELS', available: false }]])
    told.timeOut('out_of_quota.waiting')
    expect(told.mail.at(-1)).toEqual(['system.pool', { type: 'MODELS', available: true }])
  })

  it('without a time waits for a person; more money is not enough', () => {
    const told = budget({ run: { usd: 1 } }).tell(out(), reserve('y#1', 1), raise({ usd: 2 }))
    expect(told.timers).toEqual([])
    expect(answers(told, 'y')).toEqual(['HELD'])
    told.tell({ type: 'RESUME' })
    expect(answers(told, 'y')).toEqual(['HELD', 'GRANTED'])
    expect(told.value).toMatchObject({ grants: 'granting' })
  })

  it('begins the time anew when it is said again', () => {
    const told = budget().tell(out(1_000), out(5_000))
    expect(told.timers.map(({ delay }) => delay)).toEqual([1_000, 5_000])
  })
})

describe('an account that is over', () => {
  const size = (told: Script) => sums(told).size

  it('is summed up: what grows with the tasks is gone', () => {
    const told = budget()
    for (let task = 0; task < 50; task += 1) {
      const of = account(`t${task}`)
      for (let call = 1; call <= 20; call += 1)
        told.tell(reserve(`x${task}#${call}`, 2, of), settle(`x${task}#${call}`, 1))
      told.tell({ type: 'CLOSED', milestone: 'm1', task: `t${task}` })
    }
    const { reservations, askers, waiting } = told.snapshot.context
    expect([size(told), reservations.size, askers.size, waiting.length]).toEqual([2, 0, 0, 0])
    expect(sum(told, 'm1')?.settled.microdollars).toBe(1_000)
    told.tell({ type: 'CLOSED', milestone: 'm1' })
    expect(sum(told, 'm1')).toMatchObject({ over: true, settled: { microdollars: 1_000 } })
  })

  it('takes what is still reserved for spent, until the settlement comes', () => {
    const told = budget({ run: { usd: 0.000_1 } }).tell(reserve('x#1', 90), reserve('y#1', 20, account('b')))
    expect(answers(told, 'y')).toEqual(['HELD'])
    told.tell({ type: 'CLOSED', milestone: 'm1', task: 'a', attempt: 1 })
    expect(sum(told)).toMatchObject({ settled: { microdollars: 90 }, reserved: { microdollars: 0 } })
    expect(told.value).toMatchObject({ grants: 'at_cap' })
    told.tell(settle('x#1', 10), settle('x#1', 10))
    expect(sum(told)?.settled.microdollars).toBe(10)
    expect(sum(told, 'm1', 'a', 1)).toBeUndefined()
    expect(answers(told, 'y')).toEqual(['HELD', 'GRANTED'])
  })

  it('is an attempt whose next one begins, and its waiters wait no longer', () => {
    const told = budget({ milestone: { usd: 0.000_1 } }).tell(
      settle('q#1', 0),
      reserve('x#1', 60),
      reserve('x#2', 60),
    )
    told.tell(reserve('y#1', 5, account('a', 2)))
    expect(told.snapshot.context.waiting).toEqual([])
    expect(sum(told, 'm1', 'a', 1)).toBeUndefined()
    expect(answers(told, 'y')).toEqual(['GRANTED'])
  })
})

describe('what comes when all is over', () => {
  const milestone = { milestone: 'm1' }
  const spend = (id: string, of: object | null, computeSeconds = 1): Told => {
    return { type: 'SPEND', id, account: of, computeSeconds }
  }

  it('is counted once for the milestone and the run, also when its task is over', () => {
    const told = budget().tell(reserve('x#1', 1), settle('x#1', 1))
    told.tell({ type: 'CLOSED', milestone: 'm1', task: 'a' })
    told.tell(
      spend('queue#1', { ...milestone, task: 'a' }, 3),
      spend('queue#1', { ...milestone, task: 'a' }, 3),
    )
    expect(sum(told, 'm1', 'a')).toBeUndefined()
    expect(sum(told, 'm1')?.settled.computeMs).toBe(3_000)
    told.tell(
      { type: 'CLOSED', milestone: 'm1' },
      spend('queue#2', milestone, 4),
      spend('queue#2', milestone, 4),
    )
    expect(sum(told, 'm1')).toMatchObject({ over: true, settled: { computeMs: 7_000 } })
    expect(sum(told)?.settled.computeMs).toBe(7_000)
  })

  it('is the run’s alone where there was no milestone yet', () => {
    const told = budget().tell(spend('supervisor#1', null, 2))
    expect(sum(told)?.settled.computeMs).toBe(2_000)
    expect(sums(told).size).toBe(1)
  })

  it('is over no more when the milestone is worked on again', () => {
    const told = budget().tell(reserve('x#1', 1), settle('x#1', 1), { type: 'CLOSED', milestone: 'm1' })
    expect(sum(told, 'm1')).toMatchObject({ over: true })
    told.tell(reserve('y#1', 1, account('b')))
    expect(sum(told, 'm1')).not.toHaveProperty('over')
    expect(sum(told, 'm1')?.settled.microdollars).toBe(1)
  })
})

describe('caps where nothing is said', () => {
  it('are none without a model, and money with one', () => {
    expect(defaultBudget(false)).toEqual({ alerts: [50, 80, 100] })
    const { run, task, attempt } = defaultBudget(true)
    expect([run?.usd, task?.usd, attempt?.usd]).toEqual([5, 2.5, 0.5])
  })
})
