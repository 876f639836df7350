import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import pc from 'picocolors'
import { describe, expect, it } from 'vitest'
import { UserError } from '../../app/errors.ts'
import { type LogEntry, parseEntry, type ReadOptions, readLog } from '../../app/logs/read.ts'
import { logFileOf, openLog } from '../../app/logs/write.ts'
import { prettyEntry } from '../../cli/logs/text.ts'
import type { RunFact } from '../../machines/index.ts'
import { eventually } from '../eventually.ts'
import { emitted, facts } from './run-facts.ts'
import { scratch } from './scratch.ts'

function entriesIn(directory: string): LogEntry[] {
  const lines = readFileSync(logFileOf(directory), 'utf8').split('\n')
  return lines.flatMap((line) => parseEntry(line) ?? [])
}

function logOf(all: readonly RunFact[]): LogEntry[] {
  const directory = scratch()
  const log = openLog(directory)
  for (const fact of all) log.telemetry(fact)
  log.close()
  return entriesIn(directory)
}

describe('the log', () => {
  it('has an entry for each fact, with its actor and a level', () => {
    const entries = logOf(facts)
    expect(entries).toHaveLength(facts.length)
    expect(entries.find(({ msg }) => msg === 'actor.crashed')).toMatchObject({
      level: 'error',
      actor: 'system.pool.worker:2',
    })
    expect(entries.find(({ msg }) => msg === 'task.merged')).toMatchObject({
      level: 'info',
      actor: 'system.supervisor',
      task: 'r1-src-dates',
      cases: 12,
    })
  })

  it('has the task of a task actor and the trace of an effect', () => {
    const address = 'system.supervisor.orchestrator:m.task:r1-src-dates'
    const key = `${address}/b1/7/0`
    const [started, finished] = logOf([
      { type: 'effect.started', address, src: 'write', key, attempt: 1 },
      { type: 'effect.finished', address, src: 'write', key, ok: false, ms: 3, error: { message: 'no' } },
    ])
    expect(started).toMatchObject({ level: 'debug', task: 'r1-src-dates', trace: key, src: 'write' })
    expect(finished).toMatchObject({ level: 'warn', trace: key, error: { message: 'no' } })
  })

  it('goes on in the same file, on a new line after a torn one', () => {
    const directory = scratch()
    mkdirSync(dirname(logFileOf(directory)), { recursive: true })
    writeFileSync(
      logFileOf(directory),
      '{"time":"2026-01-01T00:00:00Z","level":"info","msg":"whole"}\n{"time":"20',
    )
    const log = openLog(directory)
    log.logger.info('after the crash')
    log.close()
    expect(entriesIn(directory).map(({ msg }) => msg)).toEqual(['whole', 'after the crash'])
  })

  it('writes no secret', () => {
    const token = `ghp_${'a1B2'.repeat(9)}`
    const event = { type: 'task.nothing', milestone: 'm', task: 't', module: 'm.ts', reason: `used ${token}` }
    const text = JSON.stringify(logOf([emitted(event as never)]))
    expect(text).not.toContain(token)
    expect(text).toContain('[removed]')
  })

  it.skipIf(!existsSync('/dev/full'))(
    'tells once that the disk is full, and does not stop the run',
    async () => {
      const told: string[] = []
      const directory = scratch()
      mkdirSync(dirname(logFileOf(directory)), { recursive: true })
      symlinkSync('/dev/full', logFileOf(directory))
      const log = openLog(directory, (error) => told.push(error.message))
      for (let index = 0; index < 100; index += 1) for (const fact of facts) log.telemetry(fact)
      await eventually(() => told.length > 0)
      for (const fact of facts) log.telemetry(fact)
      log.close()
      expect(told).toEqual([expect.stringContaining('ENOSPC')])
    },
  )

  it('says nothing after it was closed', () => {
    const directory = scratch()
    const log = openLog(directory)
    log.logger.info('before')
    log.close()
    log.telemetry({ type: 'node.stopped' })
    log.close()
    expect(entriesIn(directory).map(({ msg }) => msg)).toEqual(['before'])
  })
})

describe('reading the log', () => {
  const line = (msg: string, level = 'info', actor = 'system'): string =>
    `${JSON.stringify({ time: '2026-01-01T10:11:12.000Z', level, pid: 1, msg, actor, cases: 2 })}\n`

  function fileWith(text: string): string {
    const file = join(scratch(), 'canopy.log')
    writeFileSync(file, text)
    return file
  }

  async function read(file: string, options: Partial<ReadOptions> = {}): Promise<string[]> {
    const found: string[] = []
    const all = { level: 'debug' as const, follow: false, signal: new AbortController().signal, ...options }
    await readLog(file, all, ({ msg }) => found.push(msg))
    return found
  }

  it('passes over torn and foreign lines', async () => {
    const file = fileWith(`${line('a')}{"time":"2026\nnot json\n[]\n${line('b')}{"time":"2026-01-01","lev`)
    expect(await read(file)).toEqual(['a', 'b'])
  })

  it('keeps to the level and the actor', async () => {
    const file = fileWith(line('a', 'debug') + line('b', 'warn', 'system.pool.worker:1') + line('c', 'error'))
    expect(await read(file, { level: 'warn' })).toEqual(['b', 'c'])
    expect(await read(file, { actor: 'worker:1' })).toEqual(['b'])
  })

  it('of a run that never was is refused', async () => {
    await expect(read(join(scratch(), 'canopy.log'))).rejects.toBeInstanceOf(UserError)
  })

  it('follows: whole lines as they come, also after the log began anew', async () => {
    const file = fileWith(line('a'))
    const stop = new AbortController()
    const found: string[] = []
    const following = readLog(file, { level: 'debug', follow: true, signal: stop.signal }, ({ msg }) =>
      found.push(msg),
    )
    await eventually(() => found.includes('a'))
    const whole = line('büro')
    appendFileSync(file, whole.slice(0, 30))
    appendFileSync(file, whole.slice(30))
    await eventually(() => found.includes('büro'))
    renameSync(file, `${file}.1`)
    writeFileSync(file, line('anew'))
    await eventually(() => found.includes('anew'))
    stop.abort()
    await following
    expect(found).toEqual(['a', 'büro', 'anew'])
  })

  it('is pretty', () => {
    const entry = parseEntry(line('task.merged', 'warn', 'system.pool')) as LogEntry
    expect(prettyEntry(entry, pc.createColors(false))).toBe('10:11:12 warn  task.merged system.pool cases=2')
  })
})
