// The user's own programs at certain points of a run: what they are told, and what follows when they refuse, hang or fail.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hookGate, recordedHookGate } from '../../../app/hooks/hook-gate.ts'
import { openHookReader } from '../../../app/hooks/hook-reader.ts'
import { type HookSettings, hooksSchema } from '../../../app/hooks/hook-settings.ts'
import { changeNames, type HookedChanges } from '../../../app/hooks/hooked-changes.ts'
import { runHook } from '../../../app/hooks/run-hook.ts'
import type { Gate } from '../../../gates/index.ts'
import type { RunFact, Verdict } from '../../../machines/index.ts'
import { eventually } from '../../eventually.ts'
import { agentTask } from '../../machines/samples.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'canopy-hooks-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const lines = async (file: string): Promise<Record<string, unknown>[]> =>
  (await readFile(join(directory, file), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

const run = (command: string, timeout = 60) =>
  runHook('after-merge', { run: command, timeout }, { commit: 'c1' }, { directory })

describe('a hook', () => {
  it('gets one line of JSON, in a folder of the run', async () => {
    expect(await run('cat > told')).toEqual({ kind: 'passed' })
    expect(await lines('told')).toEqual([{ contract: 1, hook: 'after-merge', commit: 'c1' }])
  })

  it('need not read what it is told', async () => {
    const message = { text: 'x'.repeat(1_000_000) }
    const told = await runHook('after-merge', { run: 'true', timeout: 60 }, message, { directory })
    expect(told).toEqual({ kind: 'passed' })
  })

  it.each([
    ['echo "not today"; exit 3', 'not today'],
    ['echo "on the error stream" >&2; exit 1', 'on the error stream'],
    ['exit 4', 'it ended with 4'],
    ['kill -9 $$', 'it ended with a signal'],
    ['no-such-program-here', expect.stringContaining('not found')],
  ])('that ends badly refuses, in its own words: %s', async (command, reason) => {
    expect(await run(command)).toEqual({ kind: 'refused', reason })
  })

  it('that says very much is told by its end', async () => {
    const result = await run('yes | head -c 1000000; echo the end; exit 1')
    expect(result).toMatchObject({ kind: 'refused', reason: expect.stringMatching(/the end$/) })
    expect(JSON.stringify(result).length).toBeLessThan(5_000)
  })

  it('that does not end in time is ended with all that it started', async () => {
    const result = await run('(sleep 2; touch late) & echo $$ > pid; sleep 60', 1)
    expect(result).toEqual({ kind: 'could_not_run', reason: 'it did not end in 1 s and was ended' })
    const pid = Number(await readFile(join(directory, 'pid'), 'utf8'))
    await eventually(() => {
      try {
        process.kill(-pid, 0)
        return false
      } catch {
        return true
      }
    })
  })

  it('is ended when the run stops', async () => {
    const stop = new AbortController()
    const result = runHook(
      'after-merge',
      { run: 'sleep 60', timeout: 60 },
      {},
      { directory, signal: stop.signal },
    )
    stop.abort()
    expect(await result).toEqual({ kind: 'could_not_run', reason: 'the run was stopped' })
  })
})

describe('the hook before a merge', () => {
  let hooked: HookedChanges[]
  beforeEach(() => {
    hooked = []
  })
  const judge = (command: string, timeout = 60) => {
    const input = {
      task: agentTask('a'),
      commit: 'c1',
      root: '/worktree',
      changes: [{ path: 'src/a.ts', status: 'M', mode: '100644', blob: 'b1' }],
    }
    const parts = { clone: { path: '/clone' } }
    const tell = (said: HookedChanges) => void hooked.push(said)
    return hookGate({ run: command, timeout }, { directory, tell }).judge(
      parts as unknown as Parameters<Gate['judge']>[0],
      input as unknown as Parameters<Gate['judge']>[1],
    )
  }

  it('is told the commit, where it is, and what it changes', async () => {
    expect(await judge('cat > told')).toEqual({ gate: 'before-merge', kind: 'passed', findings: [] })
    expect(await lines('told')).toEqual([
      {
        contract: 1,
        hook: 'before-merge',
        task: { id: 'a', title: agentTask('a').title },
        commit: 'c1',
        repository: '/clone',
        worktree: '/worktree',
        changes: [{ path: 'src/a.ts', status: 'M' }],
      },
    ])
  })

  it('refuses the submission with its words', async () => {
    const findings = ['No licence header in src/a.ts']
    expect(await judge(`echo "${findings[0]}"; exit 1`)).toEqual({
      gate: 'before-merge',
      kind: 'failed',
      findings,
    })
  })

  it('that does not end is no pass', async () => {
    expect(await judge('sleep 60', 1)).toMatchObject({ kind: 'could_not_run' })
  })

  it('is recorded with the changes that it was asked about, whatever it said', async () => {
    const said = [await judge('exit 0'), await judge('echo no; exit 1'), await judge('sleep 60', 1)]
    expect(hooked).toEqual(said.map((verdict) => ({ changes: ['src/a.ts@b1'], verdict })))
  })
})

describe('in a replay', () => {
  const verdict = (kind: Verdict['kind']): Verdict => ({ gate: 'before-merge', kind, findings: [kind] })
  const change = (name: string) => ({ path: `${name}.ts`, status: 'M', mode: '100644', blob: `of-${name}` })
  const said = (names: string, kind: Verdict['kind']): HookedChanges => ({
    changes: changeNames([...names].map(change)),
    verdict: verdict(kind),
  })
  const kinds = async (recorded: readonly HookedChanges[], ...asked: readonly string[]) => {
    const gate = recordedHookGate(recorded)
    const found: string[] = []
    for (const names of asked) {
      const input = { changes: [...names].map(change) } as unknown as Parameters<Gate['judge']>[1]
      found.push((await gate.judge({} as Parameters<Gate['judge']>[0], input)).kind)
    }
    return found
  }

  it.each<[string, HookedChanges[], string[], string[]]>([
    [
      'a verdict about the same changes',
      [said('a', 'failed'), said('b', 'passed')],
      ['b', 'a'],
      ['passed', 'failed'],
    ],
    ['whatever the order of the changes', [said('ab', 'passed')], ['ba'], ['passed']],
    [
      'of several their order, and the last one from then on',
      [said('a', 'could_not_run'), said('a', 'passed')],
      ['a', 'a', 'a'],
      ['could_not_run', 'passed', 'passed'],
    ],
    [
      'a refusal of a part, where a batch is larger',
      [said('a', 'failed'), said('b', 'passed')],
      ['ab'],
      ['failed'],
    ],
    ['no pass of a part', [said('a', 'passed'), said('b', 'passed')], ['ab'], ['left_out']],
    ['no refusal of more', [said('ab', 'failed')], ['a'], ['left_out']],
    ['no verdict that was about nothing', [said('', 'failed')], ['a'], ['left_out']],
    ['nothing where nothing was recorded', [], ['a'], ['left_out']],
  ])('the hook is not run; it says again %s', async (_, recorded, asked, expected) => {
    expect(await kinds(recorded, ...asked)).toEqual(expected)
  })

  it('is a gate of the same name that judges the same', () => {
    const { name, judges } = hookGate({ run: 'true', timeout: 1 }, { directory, tell: () => {} })
    expect(recordedHookGate([])).toMatchObject({ name, judges })
  })

  it('other contents of the same file are other changes', async () => {
    const recorded = [said('a', 'failed')]
    const other = { ...change('a'), blob: 'another' }
    const input = { changes: [other] } as unknown as Parameters<Gate['judge']>[1]
    const gate = recordedHookGate(recorded)
    expect((await gate.judge({} as Parameters<Gate['judge']>[0], input)).kind).toBe('left_out')
  })
})

describe('hooks after the fact', () => {
  const fields = { milestone: 'm1', task: 'a', title: 'Add a', attempt: 2 }
  const emitted = (event: object): RunFact => ({ type: 'emitted', address: 'x', event }) as unknown as RunFact
  const merged = (commit: string) => emitted({ type: 'task.merged', ...fields, commit, cases: 1 })
  const hooked = (hooks: HookSettings) => {
    const said: string[] = []
    const reader = openHookReader({
      hooks,
      directory,
      repository: '/repository',
      say: (sentence) => said.push(sentence),
    })
    return { reader, said }
  }
  const keep = { run: 'cat >> told', timeout: 60 }

  it('are told merges and failures, in their order', async () => {
    const { reader, said } = hooked({ 'after-merge': keep, 'on-failure': keep })
    reader.take(merged('c1'))
    reader.take(
      emitted({ type: 'task.failed', milestone: 'm1', task: 'b', module: 'b.ts', reasons: ['red'] }),
    )
    reader.take(emitted({ type: 'task.needs_person', ...fields, reasons: ['stuck'] }))
    reader.take(emitted({ type: 'task.started', ...fields }))
    reader.take(emitted({ type: 'run.finished', report: { status: 'reached', reasons: [] } }))
    reader.take(emitted({ type: 'run.finished', report: { status: 'not_reached', reasons: ['late'] } }))
    await reader.close()
    const common = { contract: 1, repository: '/repository' }
    const failure = { ...common, hook: 'on-failure' }
    const task = { id: 'a', title: 'Add a' }
    expect(await lines('told')).toEqual([
      { ...common, hook: 'after-merge', milestone: 'm1', task, attempt: 2, commit: 'c1' },
      {
        ...failure,
        what: 'task_failed',
        milestone: 'm1',
        task: { id: 'b', module: 'b.ts' },
        reasons: ['red'],
      },
      { ...failure, what: 'needs_person', milestone: 'm1', task, reasons: ['stuck'] },
      { ...failure, what: 'run_ended', status: 'not_reached', reasons: ['late'] },
    ])
    expect(said).toEqual([])
  })

  it('that fail are said, and the others still run', async () => {
    const { reader, said } = hooked({
      'after-merge': { run: 'cat >> told; echo broken; exit 1', timeout: 60 },
    })
    reader.take(merged('c1'))
    reader.take(merged('c2'))
    await reader.close()
    expect((await lines('told')).map(({ commit }) => commit)).toEqual(['c1', 'c2'])
    expect(said).toEqual(['hook after-merge: broken', 'hook after-merge: broken'])
  })

  it('are left out, and it is said, when very many wait', async () => {
    const { reader, said } = hooked({ 'after-merge': { run: 'true', timeout: 60 } })
    for (let at = 0; at < 102; at += 1) reader.take(merged(`c${at}`))
    expect(said).toEqual(Array(2).fill('hook after-merge: left out, because 100 others wait'))
    await reader.close()
  })
})

it('a hook ends after 60 s unless its setting says otherwise', () => {
  expect(hooksSchema.parse({ 'on-failure': { run: 'notify' } })).toEqual({
    'on-failure': { run: 'notify', timeout: 60 },
  })
})
