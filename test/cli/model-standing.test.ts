// What vendors do to a run: told as facts of it, in words, as JSON, in its status and its log, and what stays of it.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createColors } from 'picocolors'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLog } from '../../app/logs/write.ts'
import { openReaders } from '../../app/run/readers.ts'
import type { RunSettings } from '../../app/settings/settings.ts'
import { type ModelStatuses, standingAfter, standingBefore } from '../../app/status/model-standing.ts'
import { statusText } from '../../cli/answers.ts'
import { chooseOutput } from '../../cli/progress/output.ts'
import type { ModelFact, RunFact } from '../../machines/index.ts'
import { openMemoryStore } from '../../persistence/index.ts'

const usage = { input: 1, cacheRead: 0, cacheWrite: 0, output: 1 }
const UNTIL = Date.parse('2026-11-22T10:00:00Z')
const fellBack = { type: 'model.fell_back', key: 'k', from: 'a/x', to: 'b/y', reason: 'overloaded' } as const
const story: readonly ModelFact[] = [
  { type: 'model.started', model: 'a/x', key: 'k', try: 1 },
  { type: 'model.limits_learnt', model: 'a/x', limits: { requests: 50, input_tokens: 30_000 } },
  { type: 'model.replied', model: 'a/x', key: 'k', ms: 5, usage },
  { type: 'model.throttled', model: 'a/x', reason: 'rate_limited', concurrency: 4, retryAfterMs: undefined },
  { type: 'model.breaker_opened', model: 'a/x', until: UNTIL },
  fellBack,
  fellBack,
  { type: 'model.breaker_half_open', model: 'a/x' },
  { type: 'model.breaker_closed', model: 'a/x' },
  { type: 'model.paused', model: 'b/y', reason: 'out_of_quota', message: 'no credit', until: undefined },
  { type: 'model.resumed', model: 'b/y' },
]

function printed(facts: readonly RunFact[], json: boolean): string {
  let text = ''
  const screen = { write: (more: string) => (text += more) }
  const output = chooseOutput({ screen, env: {}, json, repository: '/r', now: () => UNTIL })
  for (const fact of facts) output.telemetry(fact)
  return text
}

describe('facts of models', () => {
  it('are told in words, and that another goes on is told once until it answers again', () => {
    expect(
      printed(story, false)
        .replaceAll(/^\d\d:\d\d:\d\d /gm, '')
        .trimEnd()
        .split('\n'),
    ).toEqual([
      'a/x: its vendor allows 50 requests, 30000 input tokens at a time',
      'a/x limits its requests: at most 4 at once from now on',
      '! a/x fails: it gets no request before 10:00:00',
      '! a/x does not answer (overloaded); b/y replaces it',
      'a/x gets one trial request',
      'a/x answers again',
      '! b/y gets no more requests until it is resumed: no credit',
      'b/y gets requests again',
    ])
    const again: readonly ModelFact[] = [
      fellBack,
      { type: 'model.replied', model: 'a/x', key: 'k', ms: 1, usage },
      fellBack,
    ]
    expect(printed(again, false).match(/b\/y replaces it/g)).toHaveLength(2)
  })

  it('tells the reason of a failed call once, until the model answers again', () => {
    const failed = {
      type: 'model.failed',
      model: 'a/x',
      key: 'k',
      kind: 'garbled',
      message: 'no\nend',
    } as const
    const answered = { type: 'model.replied', model: 'a/x', key: 'k', ms: 1, usage } as const
    const lines = printed([failed, failed, answered, failed, { ...failed, message: 'other' }], false)
    expect(lines.match(/a\/x gave no reply \(garbled\): no end/g)).toHaveLength(2)
    expect(lines).toContain('a/x gave no reply (garbled): other')
  })

  it('are lines of JSON, but for each call', () => {
    const lines = printed(story, true)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RunFact)
    const told = story.filter(({ type }) => type !== 'model.started' && type !== 'model.replied')
    expect(lines.map(({ type }) => type)).toEqual(told.map(({ type }) => type))
    expect(lines[0]).toMatchObject({ model: 'a/x', limits: { requests: 50 } })
  })

  it('come to how each model stands, and of a process before only limits are still true', () => {
    const seen: ModelStatuses[] = []
    let standing: ModelStatuses = {}
    for (const fact of story) {
      standing = standingAfter(standing, fact)
      seen.push(standing)
    }
    const limits = { requests: 50, input_tokens: 30_000 }
    expect(seen[6]).toEqual({ 'a/x': { limits, concurrency: 4, breaker: 'open', insteadOfIt: 'b/y' } })
    expect(seen[5]).toBe(seen[6])
    expect(seen[9]?.['b/y']).toEqual({ paused: { reason: 'no credit' } })
    expect(standing['b/y']).toEqual({})
    expect(standingBefore(seen[9])).toEqual({ 'a/x': { limits } })
    expect(standingBefore('nonsense')).toEqual({})
    const text = statusText({ state: 'working', models: seen[9] }, createColors(false))
    expect(text).toContain('models  a/x: replaced by b/y; b/y: paused (no credit)')
  })
})

describe('the readers of a run', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'canopy-standing-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('keep how its models stand in its store, and give it with its status', async () => {
    const store = await openMemoryStore()
    const log = openLog(folder, () => {})
    const settings = { repository: folder, workers: 1, dataDirectory: folder } as RunSettings
    const output = { telemetry: () => {}, notice: () => {}, finish: () => {}, close: () => {} }
    const directory = { path: folder, record: {} as never, resumed: true }
    const open = () => openReaders({ store, directory, settings, output, log, version: '0' })
    const readers = await open()
    for (const fact of story.slice(0, 7)) readers.take(fact)
    expect(readers.status([])).toMatchObject({ models: { 'a/x': { breaker: 'open' } } })
    await readers.close()
    expect(await store.readMeta('models')).toMatchObject({ 'a/x': { insteadOfIt: 'b/y' } })
    const next = await open()
    expect(next.status([]).models).toEqual({ 'a/x': { limits: { requests: 50, input_tokens: 30_000 } } })
    await next.close()
    log.close()
    await store.close()
  })
})
