// What a run tells: to the screen and to the log, without secrets, and neither can hold it up.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { logFileOf, openLog } from '../../../app/logs/write.ts'
import { openLoggedOutput } from '../../../app/run/logged-output.ts'
import type { RunOutput } from '../../../app/run/output.ts'
import { openReaders } from '../../../app/run/readers.ts'
import type { RunSettings } from '../../../app/settings/settings.ts'
import type { RunFact } from '../../../machines/index.ts'
import { openMemoryStore } from '../../../persistence/index.ts'
import { emitted, report } from '../../cli/run-facts.ts'
import { scratch } from '../../cli/scratch.ts'

const SECRET = 'canopy-test-secret-0123456789abcdef'

let data: string
let repository: string
let shown: { facts: RunFact[]; notices: string[]; ends: unknown[]; closed: number }
beforeEach(() => {
  data = scratch()
  repository = scratch()
  shown = { facts: [], notices: [], ends: [], closed: 0 }
})
const screen = (other: Partial<RunOutput> = {}): RunOutput => ({
  telemetry: (fact) => void shown.facts.push(fact),
  notice: (sentence) => void shown.notices.push(sentence),
  finish: (...ending) => void shown.ends.push(ending),
  close: () => {
    shown.closed += 1
  },
  ...other,
})
const settings = () => ({ repository, workers: 1, dataDirectory: data }) as unknown as RunSettings
const logged = () => readFileSync(logFileOf(data), 'utf8')
const retried = (reason: string) =>
  emitted({
    type: 'task.retried',
    milestone: 'm',
    task: 't',
    module: 'a.ts',
    attempt: 1,
    reasons: [reason],
  } as never)

describe('what a run tells', () => {
  it('is shown and logged', async () => {
    const { output, close } = await openLoggedOutput(settings(), screen(), {})
    output.notice('a download')
    output.telemetry(retried('red'))
    output.finish({ kind: 'interrupted' }, { restarts: 1 })
    close()
    expect(shown.notices).toEqual(['a download'])
    expect(shown.facts).toEqual([retried('red')])
    expect(shown.ends).toEqual([[{ kind: 'interrupted' }, { restarts: 1 }]])
    expect(logged()).toContain('a download')
    expect(logged()).toContain('task.retried')
  })

  it.each([
    ['the environment', { env: { MY_API_KEY: SECRET }, file: '' }],
    ["the repository's .env", { env: {}, file: `TOKEN=${SECRET}\n` }],
  ])('has no secret of %s in it', async (_, { env, file }) => {
    if (file) writeFileSync(join(repository, '.env'), file)
    const { output, log, secrets, close } = await openLoggedOutput(settings(), screen(), env)
    expect(secrets).toContain(SECRET)
    output.notice(`the key is ${SECRET}`)
    output.telemetry(retried(`got ${SECRET}`))
    log.logger.warn({ error: new Error(`with ${SECRET}`) }, `again ${SECRET}`)
    close()
    expect(JSON.stringify(shown)).not.toContain(SECRET)
    expect(logged()).not.toContain(SECRET)
    expect(shown.notices[0]).toMatch(/^the key is /)
  })

  it('reaches the log when the screen throws, and the run goes on', async () => {
    const gone = () => {
      throw new Error('EPIPE')
    }
    const { output, close } = await openLoggedOutput(
      settings(),
      screen({ telemetry: gone, notice: gone }),
      {},
    )
    output.notice('a download')
    output.telemetry(retried('red'))
    close()
    expect(logged()).toContain('a download')
    expect(logged()).toContain('task.retried')
    expect(logged()).toContain('the progress cannot be shown')
  })

  it('reaches the screen when the log cannot be written, which is told once', async () => {
    writeFileSync(join(data, 'logs'), 'a file in the way')
    const { output, close } = await openLoggedOutput(settings(), screen(), {})
    output.notice('one')
    output.notice('two')
    output.telemetry(retried('red'))
    close()
    expect(shown.notices.filter((each) => each.startsWith('the log cannot be written: '))).toHaveLength(1)
    expect(shown.notices.slice(-2)).toEqual(['one', 'two'])
    expect(shown.facts).toHaveLength(1)
  })

  it('may be closed twice', async () => {
    const { close } = await openLoggedOutput(settings(), screen(), {})
    close()
    close()
    expect(shown.closed).toBe(2)
  })
})

describe('the readers of a run', () => {
  async function open(
    over: { resumed?: boolean; output?: RunOutput; store?: Awaited<ReturnType<typeof openMemoryStore>> } = {},
  ) {
    const store = over.store ?? (await openMemoryStore())
    const log = openLog(data)
    const directory = { path: data, record: {} as never, resumed: over.resumed ?? true }
    const readers = await openReaders({
      store,
      directory,
      settings: settings(),
      output: over.output ?? screen(),
      log,
      version: '1',
    })
    return { store, readers, log }
  }
  const restarted: RunFact = { type: 'actor.restarted', address: 'system.pool', epoch: 2, reason: 'crash' }

  it('count restarts of actors and of the process over all processes of the run', async () => {
    const first = await open({ resumed: false })
    first.readers.take(restarted)
    first.readers.take(restarted)
    expect(first.readers.totals()).toMatchObject({ restarts: 2 })
    await first.readers.close()
    const second = await open({ store: first.store })
    expect(second.readers.totals().restarts).toBe(3)
    expect(second.readers.totals().seconds).toBeGreaterThanOrEqual(first.readers.totals().seconds - 1)
    second.readers.take(restarted)
    await second.readers.close()
    expect(await first.store.readMeta('totals')).toMatchObject({ restarts: 4 })
  })

  it('are told every fact in its order', async () => {
    const { readers } = await open()
    const facts = [retried('one'), restarted, retried('two')]
    for (const fact of facts) readers.take(fact)
    expect(shown.facts).toEqual(facts)
    await readers.close()
  })

  it.each<[string, object]>([
    ['of another form', { type: 'actor.restarted' }],
    ['without an event', { type: 'emitted', address: 'x' }],
    [
      'with a report of another form',
      { type: 'emitted', address: 'x', event: { type: 'milestone.finished' } },
    ],
  ])('one that cannot read a fact %s stops neither the run nor the others', async (_, fact) => {
    const { readers, log } = await open()
    readers.take(fact as RunFact)
    readers.take(retried('red'))
    expect(shown.facts).toEqual([fact, retried('red')])
    await readers.close()
    log.close()
    expect(logged()).toMatch(/"msg":"(status|recording|reviews|models)"/)
  })

  it('go on when the screen throws, which is logged', async () => {
    const { readers, log } = await open({
      output: screen({
        telemetry: () => {
          throw new Error('EPIPE')
        },
      }),
    })
    readers.take(restarted)
    expect(readers.totals().restarts).toBe(2)
    await readers.close()
    log.close()
    expect(logged()).toMatch(/"msg":"output"/)
  })

  it('go on when the store does not take their totals, which is logged', async () => {
    const { readers, store, log } = await open()
    await store.close()
    readers.take(restarted)
    await readers.close()
    log.close()
    expect(logged()).toMatch(/"msg":"totals"/)
    expect(readers.totals().restarts).toBeGreaterThan(0)
  })

  it('write the end of the run to its recording', async () => {
    const { readers } = await open()
    await readers.end({ ...report, milestones: [] })
    await readers.close()
    const lines = readFileSync(join(data, 'recording.jsonl'), 'utf8').trim().split('\n')
    expect(JSON.parse(lines.at(-1) ?? '')).toEqual({ type: 'ended', status: report.status })
  })
})
