// An agent in a real node: it solves a task, it goes on where it was killed, and models that misbehave end as they should.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type AgentOutput, callsOf, problemsOf, resultsOf, type Turn } from '../../machines/index.ts'
import { openMemoryStore, openStore } from '../../persistence/index.ts'
import { Cord } from '../actors/cord.ts'
import { eventually } from '../eventually.ts'
import {
  calling,
  done,
  lastResults,
  Office,
  type OfficeOptions,
  outputOf,
  type Script,
  saying,
} from './office.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function office(options: Omit<OfficeOptions, 'store'>, disk?: string): Promise<Office> {
  const store = disk === undefined ? await openMemoryStore() : await openStore({ directory: disk })
  const opened = await Office.open({ ...options, store })
  closing.push(() => opened.close())
  return opened
}

const edit = ['edit', { path: 'a.ts', old: 'a = 1', to: 'a = 2' }] as [string, unknown]
const answers: Script[] = [
  () => calling(['read', { path: 'a.ts' }], ['note', { text: 'a is in a.ts' }]),
  () => calling(edit, ['write', { path: 'b.ts', to: 'export const b = 2\n' }]),
  () => done('a is 2 now.'),
]
/** Goes by what was said, not by how often it was asked. */
const solver: Script = (request, n) => {
  const step = request.turns.filter(({ role }) => role === 'assistant').length
  return answers[step]?.(request, n) ?? saying('?')
}

describe('an agent that is given a task', () => {
  it('solves it: reads, edits, hands in; every call reserved and settled', async () => {
    const world = await office({ script: solver })
    const output = await world.run()
    expect(output).toMatchObject({
      kind: 'submitted',
      answer: { outcome: 'done', summary: 'a is 2 now.' },
      steps: 3,
    })
    expect(await world.files()).toEqual({ 'a.ts': 'export const a = 2\n', 'b.ts': 'export const b = 2\n' })
    const spent = [...world.paid.values()].reduce((sum, asked) => sum + asked.microdollars, 0)
    expect(output.microdollars).toBe(spent)
    const ledger = (await world.store.read('job.budget'))?.record.snapshot
    expect(JSON.stringify(ledger)).toContain(String(spent))
    const [first] = world.requests
    expect(first?.system).toMatch(/You are a programmer/)
    expect(first?.turns).toEqual([
      {
        role: 'user',
        blocks: [{ type: 'text', text: expect.stringMatching(/# Task\n\nLet a be 2\.[\s\S]*<report>/) }],
      },
    ])
    expect(first?.tools.map(({ name }) => name)).toEqual(['read', 'edit', 'write', 'run', 'note', 'submit'])
  })

  it('gets no tool that writes when its kind only reads', async () => {
    const script: Script = (_, n) =>
      n === 1 ? calling(edit) : calling(['submit', { verdict: 'refuted', reason: 'a is checked in b.ts' }])
    const world = await office({ script, kind: 'verify' })
    expect(await world.run()).toMatchObject({ kind: 'submitted', answer: { verdict: 'refuted' } })
    expect(world.requests[0]?.tools.map(({ name }) => name)).toEqual(['read', 'note', 'submit'])
    expect(world.changes).toEqual([])
    expect(
      lastResults(world.requests[1] ?? { turns: [], system: '', tools: [], maxOutputTokens: 1 }),
    ).toMatchObject([{ failed: true, content: expect.stringMatching(/no tool edit/) }])
  })

  it('has its answer refused with reasons until it is one', async () => {
    const script: Script = (request, n) => {
      if (n === 1) return calling(['submit', { outcome: 'perfect' }])
      if (n === 2) return done()
      if (n === 3) return calling(edit)
      return lastResults(request).some(({ failed }) => failed) ? saying('?') : done()
    }
    const world = await office({ script })
    const output = await world.run()
    expect(output).toMatchObject({ kind: 'submitted', steps: 4 })
    const refusals = (await world.turns(output)).flatMap(resultsOf).filter(({ failed }) => failed)
    expect(refusals.map(({ content }) => content)).toEqual([
      expect.stringMatching(/outcome: .*\n- summary: /),
      expect.stringMatching(/nothing in the worktree is changed/),
    ])
  })

  it('hands in a plan only when its needs can be met', async () => {
    const task = (id: string, needs: string[]) => ({ id, kind: 'code', title: id, instructions: id, needs })
    const script: Script = (request, n) => {
      if (n === 1) return calling(['submit', { tasks: [task('a', ['b']), task('b', ['a'])] }])
      expect(lastResults(request)[0]?.content).toMatch(/circle: a -> b -> a|circle: b -> a -> b/)
      return calling(['submit', { tasks: [task('a', []), task('b', ['a'])] }])
    }
    const world = await office({ script, kind: 'plan' })
    expect(await world.run()).toMatchObject({
      kind: 'submitted',
      answer: { tasks: [{ id: 'a' }, { id: 'b' }] },
    })
  })
})

it('a review: four look, one checks what they found, and only what is confirmed is told', async () => {
  const finding = {
    aspect: 'security',
    severity: 'error',
    file: 'a.ts',
    line: 1,
    title: 'a is 1',
    detail: 'It is.',
  }
  const script: Script = ({ turns }) => {
    const task = JSON.stringify(turns[0])
    if (task.includes('Is this finding'))
      return calling(['submit', { verdict: 'confirmed', reason: 'a.ts:1' }])
    const findings = task.includes('only: security') ? [finding] : []
    return calling(['submit', { summary: 'looked', findings }])
  }
  const world = await office({ script, kind: 'review', assignee: 'review' })
  const output = await world.run()
  expect(output).toMatchObject({
    kind: 'submitted',
    answer: { findings: [{ ...finding, verdict: 'confirmed', reason: 'a.ts:1' }], failures: [] },
  })
  expect(world.paid.size).toBe(5)
  expect(output.steps).toBe(5)
})

describe('killed', () => {
  interface End {
    readonly output: Omit<AgentOutput, 'ms'>
    readonly turns: readonly Turn[]
    readonly files: unknown
    readonly changes: readonly string[]
    readonly paid: readonly string[]
  }

  async function endOf(world: Office, output: AgentOutput): Promise<End> {
    const { ms: _, ...rest } = output
    return {
      output: rest,
      turns: await world.turns(output),
      files: await world.files(),
      changes: world.changes,
      paid: [...world.paid.keys()],
    }
  }

  it('at every write, ask and edit it ends as if undisturbed: the same turns, nothing paid or edited twice', async () => {
    const whole = await office({ script: solver })
    const cord = new Cord()
    const undisturbed = await endOf(whole, await outputOf(await whole.boot(cord)))
    expect(undisturbed.changes).toHaveLength(2)
    expect(undisturbed.paid).toHaveLength(3)
    expect(cord.operations).toBeGreaterThan(80)
    for (let limit = 0; limit <= cord.operations; limit += 1) {
      const world = await office({ script: solver })
      const pulled = new Cord(limit)
      const first = await Promise.race([
        world.boot(pulled).then((node) => node.ending),
        eventually(() => pulled.pulled, { what: `operation ${limit}` }),
      ])
      if (first !== true) continue
      world.mail.reconnect()
      const end = await endOf(world, await world.run())
      expect(end, `killed at operation ${limit}`).toEqual(undisturbed)
      await closing.pop()?.()
    }
  })

  it('on a disk, too', async () => {
    const root = await mkdtemp(join(tmpdir(), 'canopy-agent-'))
    closing.push(() => rm(root, { recursive: true, force: true }))
    const whole = await office({ script: solver })
    const cord = new Cord()
    const undisturbed = await endOf(whole, await outputOf(await whole.boot(cord)))
    for (let limit = 3; limit <= cord.operations; limit += 17) {
      const directory = join(root, String(limit))
      const world = await office({ script: solver }, directory)
      const pulled = new Cord(limit)
      const first = await Promise.race([
        world.boot(pulled).then((node) => node.ending),
        eventually(() => pulled.pulled, { what: `operation ${limit}` }),
      ])
      await world.store.close()
      if (first !== true) continue
      world.store = await openStore({ directory })
      world.mail.reconnect()
      const end = await endOf(world, await world.run())
      await world.store.close()
      expect(end, `killed at operation ${limit}`).toEqual(undisturbed)
    }
  })

  it('in a command that cannot be repeated, it is told that it was interrupted, and the command is not run again', async () => {
    const script: Script = (request) => {
      const step = request.turns.filter(({ role }) => role === 'assistant').length
      return step === 0 ? calling(['run', { path: 'log', to: 'ran' }]) : done()
    }
    const whole = await office({ script })
    const cord = new Cord()
    await outputOf(await whole.boot(cord))
    let interrupted = 0
    for (let limit = 0; limit <= cord.operations; limit += 1) {
      const world = await office({ script })
      const pulled = new Cord(limit)
      const first = await Promise.race([
        world.boot(pulled).then((node) => node.ending),
        eventually(() => pulled.pulled, { what: `operation ${limit}` }),
      ])
      if (first !== true) continue
      world.mail.reconnect()
      const output = await world.run()
      expect(output).toMatchObject({ kind: 'submitted' })
      expect(await world.files()).toMatchObject({ log: 'ran\n' })
      expect(world.changes).toHaveLength(1)
      const [result] = (await world.turns(output)).flatMap(resultsOf)
      if (result?.content.startsWith('interrupted')) interrupted += 1
      await closing.pop()?.()
    }
    expect(interrupted).toBeGreaterThan(0)
  })
})

describe('a model that', () => {
  it.each([1, 2, 3, 6])(
    'goes in circles of %i, in other words each time, is ended within eight steps',
    async (period) => {
      const script: Script = (_, n) => ({
        blocks: [
          { type: 'text', text: `Now I see it, for the ${n}th time.` },
          { type: 'tool_call', id: `c${n}`, name: 'read', input: { path: `${n % period}.ts` } },
        ],
        stop: 'tool_calls',
      })
      const world = await office({ script })
      const output = await world.run()
      expect(output).toMatchObject({ kind: 'stuck' })
      expect(output.steps).toBeLessThanOrEqual(8)
      const said = world.requests.map(({ turns }) => JSON.stringify(turns.at(-1)))
      expect(said.some((each) => each.includes('in circles'))).toBe(true)
    },
  )

  it('takes whatever it can get stays below its cap', async () => {
    const script: Script = (_, n) => ({
      ...calling(['read', { path: 'a.ts', n }]),
      usage: { input: 50_000, cacheRead: 0, cacheWrite: 0, output: 8_000 },
    })
    const world = await office({ script, limits: { microdollars: 2_000_000, outputTokens: 8_000 } })
    const output = await world.run()
    expect(output).toMatchObject({ kind: 'capped', reasons: [expect.stringMatching(/^money/)] })
    expect(output.microdollars).toBeLessThanOrEqual(2_000_000)
    expect(output.steps).toBeGreaterThan(3)
  })

  it('takes more than its task may is refused by the budget', async () => {
    const script: Script = (_, n) => ({
      ...calling(['read', { path: 'a.ts', n }]),
      usage: { input: 20_000, cacheRead: 0, cacheWrite: 0, output: 1_000 },
    })
    const world = await office({ script, budget: { task: { usd: 0.5 } } })
    const output = await world.run()
    expect(output).toMatchObject({ kind: 'capped' })
    expect(output.microdollars).toBeLessThanOrEqual(500_000)
  })

  it('says it is done and calls nothing is told once, and ended', async () => {
    const world = await office({ script: () => saying('All done!') })
    expect(await world.run()).toMatchObject({ kind: 'gave_up', steps: 2, reasons: ['it called no tool'] })
  })

  it('is cut off each time is told to be short, and ended', async () => {
    const script: Script = () => ({ blocks: [{ type: 'text', text: 'Once upon a' }], stop: 'length' })
    const world = await office({ script })
    expect(await world.run()).toMatchObject({ kind: 'gave_up', steps: 3 })
    expect(JSON.stringify(world.requests.at(-1)?.turns.at(-1))).toMatch(/cut off/)
  })

  it('gives arguments that are no JSON is answered; nothing of it is carried out', async () => {
    const script: Script = (_, n) => ({
      blocks: [
        {
          type: 'tool_call',
          id: `c${n}`,
          name: 'write',
          input: { path: 'a.ts', to: 'half of' },
          problem: 'cut off',
        },
      ],
      stop: 'tool_calls',
    })
    const world = await office({ script })
    const output = await world.run()
    expect(output).toMatchObject({ kind: 'gave_up', steps: 3 })
    expect(world.changes).toEqual([])
    expect((await world.turns(output)).flatMap(resultsOf).every(({ failed }) => failed)).toBe(true)
  })

  it('refuses, fails for good, or says that it cannot, ends the attempt with that reason', async () => {
    const refusing = await office({ script: () => ({ blocks: [], stop: 'refused' }) })
    expect(await refusing.run()).toMatchObject({ kind: 'refused' })
    const failure = { kind: 'unauthorized', message: 'no such key' } as const
    const failing = await office({
      script: () => ({ kind: 'failed', model: 'scripted/one', failure, microdollars: 0 }),
    })
    expect(await failing.run()).toMatchObject({ kind: 'failed', reasons: ['unauthorized: no such key'] })
    const cannot = calling(['submit', { outcome: 'cannot', summary: 'there is no a' }])
    const unable = await office({ script: () => cannot })
    expect(await unable.run()).toMatchObject({ kind: 'gave_up', reasons: ['there is no a'] })
  })

  it('is out of quota is waited for, and asked nothing more until then', async () => {
    let paused = 0
    const script: Script = (request, n) => {
      paused += 1
      if (paused === 1)
        return {
          kind: 'paused',
          model: 'scripted/one',
          message: 'no money',
          retryAfterMs: 300,
          microdollars: 0,
        }
      return solver(request, n)
    }
    const world = await office({ script })
    expect(await world.run()).toMatchObject({ kind: 'submitted', steps: 3 })
    expect(world.facts.some((fact) => JSON.stringify(fact).includes('agent.held'))).toBe(true)
    expect(world.requests).toHaveLength(4)
  })
})

describe('a conversation that becomes too long', () => {
  const long = (n: number) => ['write', { path: `${n}.ts`, to: `${n}`.repeat(2_000) }] as [string, unknown]
  const hoarder: Script = (request, n) => {
    if (JSON.stringify(request).length > 60_000)
      return {
        kind: 'failed',
        model: 'scripted/one',
        failure: { kind: 'too_long', message: 'over 15,000' },
        microdollars: 0,
      }
    if (n === 2) return calling(['note', { text: 'the key is under the mat' }])
    return n > 14 ? done() : calling(long(n))
  }

  it('is shortened, stays legal, keeps its notes, and comes to an end', async () => {
    const world = await office({ script: hoarder, limits: { window: 14_000, outputTokens: 1_000 } })
    const output = await world.run()
    expect(output).toMatchObject({ kind: 'submitted' })
    const turns = await world.turns(output)
    expect(problemsOf(turns)).toEqual([])
    expect(JSON.stringify(turns[0])).toContain('the key is under the mat')
    expect(JSON.stringify(turns[0])).toContain('Let a be 2')
    expect(turns.flatMap(callsOf).length).toBeLessThan(12)
    const compacted = world.facts.filter((fact) => JSON.stringify(fact).includes('agent.compacted'))
    expect(compacted.length).toBeGreaterThan(0)
    expect(compacted.length).toBeLessThan(6)
  })

  it('is shortened in the words of a cheap model where there is one', async () => {
    const script: Script = (request, n) =>
      request.tools.length === 0 ? saying('Wrote files, all went well.') : hoarder(request, n)
    const world = await office({ script, condense: true, limits: { window: 14_000, outputTokens: 1_000 } })
    const output = await world.run()
    const [first] = await world.turns(output)
    expect(JSON.stringify(first)).toMatch(/Wrote files, all went well/)
    expect(JSON.stringify(first)).toMatch(/note: the key is under the mat/)
  })

  it('and killed on the way goes on as if undisturbed', async () => {
    const limits = { window: 14_000, outputTokens: 1_000 }
    const summing: Script = (request, n) =>
      request.tools.length === 0 ? saying('Wrote files, all went well.') : hoarder(request, n)
    const options = { script: summing, condense: true, limits }
    const whole = await office(options)
    const cord = new Cord()
    const output = await outputOf(await whole.boot(cord))
    for (let limit = 5; limit <= cord.operations; limit += 67) {
      const world = await office(options)
      const pulled = new Cord(limit)
      const first = await Promise.race([
        world.boot(pulled).then((node) => node.ending),
        eventually(() => pulled.pulled, { what: `operation ${limit}` }),
      ])
      if (first !== true) continue
      world.mail.reconnect()
      const again = await world.run()
      expect(again.head, `killed at operation ${limit}`).toBe(output.head)
      expect([...world.paid.keys()]).toEqual([...whole.paid.keys()])
      await closing.pop()?.()
    }
  })

  it('is shortened for the window that the server told, and stays within it', async () => {
    const sizes: number[] = []
    const script: Script = (request, n) => {
      sizes.push(JSON.stringify(request).length)
      // A server that holds 16,000 tokens of four characters, with the answer.
      const isTooLong = JSON.stringify(request).length / 4 + request.maxOutputTokens > 16_000
      const failure = { kind: 'too_long', message: 'too long', window: 16_000 } as const
      if (isTooLong) return { kind: 'failed', model: 'scripted/one', failure, microdollars: 0 }
      return n > 30 ? done() : calling(long(n))
    }
    const world = await office({ script, limits: { window: 200_000, outputTokens: 8_000 } })
    const output = await world.run()
    expect(output).toMatchObject({ kind: 'submitted' })
    expect(output.steps).toBeGreaterThan(20)
    const refused = [...world.paid.values()].filter(({ kind }) => kind === 'failed')
    expect(refused).toHaveLength(1)
    expect(Math.max(...sizes)).toBeLessThan(50_000)
  })

  it('but does not fit however short ends as failed, and is not asked for ever', async () => {
    const failure = { kind: 'too_long', message: 'too long' } as const
    const world = await office({
      script: () => ({ kind: 'failed', model: 'scripted/one', failure, microdollars: 0 }),
    })
    expect(await world.run()).toMatchObject({
      kind: 'failed',
      reasons: [expect.stringMatching(/does not fit/)],
    })
    expect(world.requests).toHaveLength(3)
  })
})
