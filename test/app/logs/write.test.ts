// Writing a log: levels, identities, secrets, and a file that cannot be written.

import { existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { type LogEntry, parseEntry } from '../../../app/logs/read.ts'
import { logFileOf, openLog } from '../../../app/logs/write.ts'
import { createRedactor, type RunFact } from '../../../machines/index.ts'
import { scratch } from '../../cli/scratch.ts'

const MAX_BYTES = 64 * 1024 * 1024
const SECRET = 'zq81-Secret-value-77'

let data: string
beforeEach(() => {
  data = scratch()
})

const file = () => logFileOf(data)
const entries = () =>
  readFileSync(file(), 'utf8')
    .split('\n')
    .flatMap((line) => parseEntry(line) ?? [])

function logged(...facts: readonly object[]): LogEntry[] {
  const log = openLog(data, undefined, createRedactor([SECRET]))
  for (const fact of facts) log.telemetry(fact as RunFact)
  log.close()
  return entries()
}

describe('the level of a fact', () => {
  const answered = { type: 'control.answered', verb: 'send', sender: 'operator', request: '{}' }
  it.each([
    [{ type: 'actor.stepped', address: 'a', event: 'E', value: 'v', sequence: 1 }, 'debug'],
    [{ type: 'actor.started', address: 'a', kind: 'k', epoch: 1 }, 'info'],
    [{ type: 'actor.crashed', address: 'a' }, 'error'],
    [{ type: 'actor.gave_up', address: 'a' }, 'error'],
    [{ type: 'actor.restarted', address: 'a' }, 'warn'],
    [{ type: 'actor.stopped', address: 'a', reason: 'killed' }, 'warn'],
    [{ type: 'actor.stopped', address: 'a', reason: 'shutdown' }, 'debug'],
    [{ type: 'letter.dead', to: 'a', reason: 'poison' }, 'error'],
    [{ type: 'mailbox.full', address: 'a' }, 'warn'],
    [{ type: 'mail.refused', to: 'a' }, 'warn'],
    [{ type: 'effect.started', address: 'a', key: 'k' }, 'debug'],
    [{ type: 'effect.finished', address: 'a', key: 'k', ok: true }, 'debug'],
    [{ type: 'effect.finished', address: 'a', key: 'k', ok: false }, 'warn'],
    [{ type: 'model.failed', model: 'a/x', key: 'k' }, 'warn'],
    [{ type: 'model.paused', model: 'a/x' }, 'warn'],
    [{ type: 'model.fell_back', from: 'a/x', to: 'b/y' }, 'warn'],
    [{ type: 'model.breaker_opened', model: 'a/x' }, 'warn'],
    [{ type: 'model.resumed', model: 'a/x' }, 'info'],
    [{ ...answered, ok: true, changes: true }, 'info'],
    [{ ...answered, ok: true, changes: false }, 'debug'],
    [{ ...answered, ok: false, changes: false }, 'warn'],
    [{ ...answered, ok: false, changes: true }, 'warn'],
    [{ type: 'emitted', address: 'a', event: { type: 'task.failed' } }, 'info'],
    [{ type: 'a.fact.of.a.later.version' }, 'info'],
  ])('%o is %s', (fact, level) => {
    expect(logged(fact)).toMatchObject([{ level }])
  })
})

describe('an entry', () => {
  it('has the process, the time in UTC, the kind of fact as its message, and the fields', () => {
    const [entry] = logged({ type: 'mailbox.full', address: 'system.pool', waiting: 3 })
    expect(entry).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: 'warn',
      pid: process.pid,
      msg: 'mailbox.full',
      actor: 'system.pool',
      waiting: 3,
    })
  })

  it.each([
    ['system.supervisor.orchestrator:m.task:r1-a', {}, 'r1-a'],
    ['task:r1-a', {}, 'r1-a'],
    ['system.supervisor', { task: 'r2-b' }, 'r2-b'],
    ['system.supervisor.task:r1-a.worker', { task: 'r2-b' }, 'r2-b'],
    ['system.multitask:x', {}, undefined],
  ])('of %s with %o is part of the task %s', (address, fields, task) => {
    const [entry] = logged({ type: 'emitted', address, event: { type: 'note', ...fields } })
    expect({ actor: entry?.actor, task: entry?.task }).toEqual({ actor: address, task })
  })

  it('of a dead letter belongs to the actor that it was for', () => {
    expect(logged({ type: 'letter.dead', to: 'system.pool', reason: 'poison' })).toMatchObject([
      { actor: 'system.pool' },
    ])
  })

  it('is one line, whatever a message holds', () => {
    const odd = 'a\nb\r\n\u2028c\u0000\u001b[2J😀\ud800'
    const [entry] = logged({ type: 'emitted', address: 'a', event: { type: 'note', text: odd } })
    expect(readFileSync(file(), 'utf8').trimEnd().split('\n')).toHaveLength(1)
    expect(entry?.text).toBe(odd)
  })

  it.each([
    ['a text', { text: SECRET }],
    ['a list', { list: ['a', [SECRET]] }],
    ['a deep field', { a: { b: { c: SECRET } } }],
    ['the name of a field', { [SECRET]: 1 }],
    ['an error', { error: new Error(`no: ${SECRET}`) }],
    ['the cause of an error', { error: new Error('no', { cause: new Error(SECRET) }) }],
    ['a field of an error', { error: Object.assign(new Error('no'), { stderr: SECRET }) }],
    ['an object with toJSON', { at: { toJSON: () => SECRET } }],
    ['base64', { text: Buffer.from(SECRET).toString('base64') }],
    ['a URL', { text: `https://h/?q=${encodeURIComponent(`&${SECRET}&`)}` }],
    ['hex', { text: Buffer.from(SECRET).toString('hex') }],
  ])('holds no secret in %s', (_, fields) => {
    logged({ type: 'emitted', address: 'a', event: { type: 'note', ...fields } })
    const text = readFileSync(file(), 'utf8')
    expect(text).toContain('"msg":"note"')
    for (const form of ['utf8', 'base64', 'hex'] as const)
      expect(text).not.toContain(Buffer.from(SECRET).toString(form).replace(/=+$/, ''))
  })

  it.each([
    ['its fields', { error: new Error(SECRET) }, 'it failed'],
    ['its message', {}, `it failed: ${SECRET}`],
    ['a message that only resembles one', {}, `it failed: password=${SECRET.slice(0, 10)}`],
  ])('of a notice holds no secret in %s', (_, fields, message) => {
    const log = openLog(data, undefined, createRedactor([SECRET]))
    log.logger.info(fields, message)
    log.logger.info(message)
    log.close()
    const text = readFileSync(file(), 'utf8')
    expect(text.match(/it failed/g)).toHaveLength(2)
    expect(text).not.toContain(SECRET.slice(0, 10))
  })
})

describe('the file', () => {
  it('is for its owner alone, and so is its folder', () => {
    logged({ type: 'node.stopped' })
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    expect(statSync(dirname(file())).mode & 0o777).toBe(0o700)
  })

  it.each([
    [MAX_BYTES, false],
    [MAX_BYTES + 1, true],
  ])('of %i bytes is set aside: %s', (size, isSetAside) => {
    mkdirSync(dirname(file()), { recursive: true })
    writeFileSync(file(), '')
    truncateSync(file(), size)
    const log = openLog(data)
    log.logger.info('next')
    log.close()
    expect(existsSync(`${file()}.1`)).toBe(isSetAside)
    if (isSetAside) {
      expect(statSync(`${file()}.1`).size).toBe(size)
      expect(entries()).toMatchObject([{ msg: 'next' }])
    }
  })

  it('set aside replaces the one before it', () => {
    mkdirSync(dirname(file()), { recursive: true })
    writeFileSync(`${file()}.1`, 'older')
    writeFileSync(file(), '')
    truncateSync(file(), MAX_BYTES + 1)
    openLog(data).close()
    expect(statSync(`${file()}.1`).size).toBe(MAX_BYTES + 1)
  })

  it.each([
    ['a whole line', '{"a":1}\n', '{"a":1}\n{'],
    ['a torn line', '{"a"', '{"a"\n{'],
    ['the middle of a character', '\xe2\x82', '\xe2\x82\n{'],
    ['nothing', '', '{'],
  ])('after %s goes on at the beginning of a line', (_, before, begins) => {
    mkdirSync(dirname(file()), { recursive: true })
    writeFileSync(file(), before, 'latin1')
    logged({ type: 'node.stopped' })
    expect(readFileSync(file(), 'latin1').slice(0, begins.length)).toBe(begins)
  })

  it.each([
    ['is a folder', () => mkdirSync(file(), { recursive: true })],
    ['has a file where its folder should be', () => writeFileSync(dirname(file()), 'x')],
  ])('that %s is told once, and stops no run', (_, spoil) => {
    spoil()
    const told: string[] = []
    const log = openLog(data, (error) => told.push(error.message))
    log.telemetry({ type: 'node.stopped' } as RunFact)
    log.logger.error('a notice')
    log.close()
    expect(told).toHaveLength(1)
  })
})
