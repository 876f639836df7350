// Reading a log: each whole line once, whatever bytes are between them and however the file changes meanwhile.

import { appendFileSync, mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { type LogEntry, logLevels, parseEntry, type ReadOptions, readLog } from '../../../app/logs/read.ts'
import { scratch } from '../../cli/scratch.ts'
import { eventually } from '../../eventually.ts'

const TIME = '2027-01-02T03:04:05.000Z'
const line = (msg: string, fields: object = {}) =>
  `${JSON.stringify({ time: TIME, level: 'info', msg, ...fields })}\n`

let file: string
beforeEach(() => {
  file = join(scratch(), 'canopy.log')
})

const all = { level: 'debug', follow: false, signal: new AbortController().signal } as const

async function read(options: Partial<ReadOptions> = {}): Promise<string[]> {
  const found: string[] = []
  await readLog(file, { ...all, ...options }, ({ msg }) => found.push(msg))
  return found
}

async function readText(text: string | Buffer, options: Partial<ReadOptions> = {}): Promise<string[]> {
  writeFileSync(file, text)
  return read(options)
}

/** A reader that follows until the test is over. */
function follow() {
  const stop = new AbortController()
  const found: string[] = []
  const ended = readLog(file, { ...all, follow: true, signal: stop.signal }, ({ msg }) => found.push(msg))
  const end = () => {
    stop.abort()
    return ended
  }
  onTestFinished(end)
  const reaches = (msg: string) => eventually(() => found.includes(msg), { what: `the line ${msg}` })
  return { found, reaches, end }
}

describe('a line', () => {
  it.each([
    ['is empty', ''],
    ['is blank', '   '],
    ['is no JSON', 'Error: oops'],
    ['is torn', line('a').slice(0, 30)],
    ['is a number', '5'],
    ['is null', 'null'],
    ['is a list', '[{"level":"info"}]'],
    ['has no time', '{"level":"info","msg":"a"}'],
    ['has no level', `{"time":"${TIME}","msg":"a"}`],
    ['has an unknown level', `{"time":"${TIME}","level":"loud","msg":"a"}`],
    ['has a level as a number', `{"time":"${TIME}","level":30,"msg":"a"}`],
    ['has a time as a number', '{"time":5,"level":"info","msg":"a"}'],
    ['has an actor that is none', `{"time":"${TIME}","level":"info","actor":{}}`],
    ['is nested too deeply', `${'['.repeat(9_000)}${']'.repeat(9_000)}`],
    ['holds zeros after a crash', '\0\0\0\0\0\0\0\0'],
  ])('that %s is passed over, and those around it are read', async (_, odd) => {
    expect(parseEntry(odd)).toBeUndefined()
    expect(await readText(`${line('before')}${odd}\n${line('after')}`)).toEqual(['before', 'after'])
  })

  it('may lack its message, and keeps fields that no reader knows', () => {
    expect(parseEntry(`{"time":"${TIME}","level":"warn","later":[1]}`)).toEqual({
      time: TIME,
      level: 'warn',
      msg: '',
      later: [1],
    })
  })

  it('is given as it is written, for programs', async () => {
    const written = `{"level":"info" , "time":"${TIME}","msg":"a"}`
    writeFileSync(file, `${written}\n`)
    const lines: string[] = []
    await readLog(file, all, (_, text) => lines.push(text))
    expect(lines).toEqual([written])
  })

  it('that is still being written is left out, and no error', async () => {
    expect(await readText(line('whole') + line('half').trimEnd())).toEqual(['whole'])
  })

  it('is read whole, however long it is and wherever the parts of the file end', async () => {
    const long = `${'ä'.repeat(200_000)}☃`
    const chunk = 65_536
    for (const before of [chunk - 1, chunk, chunk + 1]) {
      const filler = line('x'.repeat(before - line('').length))
      expect(filler).toHaveLength(before)
      expect((await readText(`${filler}${line(long)}${line('end')}`)).slice(1)).toEqual([long, 'end'])
    }
  })

  it('holds any text, and is one line', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 50 })
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 8 }), async (texts) => {
        expect(await readText(texts.map((each) => line(each)).join(''))).toEqual(texts)
      }),
      { numRuns: 25 },
    )
  })
})

describe('filters', () => {
  const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal']

  it.each(logLevels)('from %s on give that level and the worse ones', async (level) => {
    const text = levels.map((each) => line(each, { level: each })).join('')
    expect(await readText(text, { level })).toEqual(levels.slice(levels.indexOf(level)))
  })

  it.each([
    ['system.pool', ['pool', 'worker']],
    ['worker:1', ['worker']],
    ['system', ['system', 'pool', 'worker']],
    ['', ['none', 'system', 'pool', 'worker']],
    ['nobody', []],
    ['.*', []],
  ])('for the actor %j give those with it in their address', async (actor, wanted) => {
    const text = [
      line('none'),
      line('system', { actor: 'system' }),
      line('pool', { actor: 'system.pool' }),
      line('worker', { actor: 'system.pool.worker:1' }),
    ].join('')
    expect(await readText(text, { actor })).toEqual(wanted)
  })

  it('hold both at once', async () => {
    const text = [
      line('a', { actor: 'x', level: 'debug' }),
      line('b', { actor: 'x', level: 'error' }),
      line('c', { actor: 'y', level: 'error' }),
    ].join('')
    expect(await readText(text, { actor: 'x', level: 'warn' })).toEqual(['b'])
  })
})

describe('a log that cannot be read', () => {
  it('because there is none is told with its path and the way out', async () => {
    await expect(read()).rejects.toMatchObject({
      name: 'UserError',
      code: 'no_log',
      message: `there is no log at ${file}`,
      wayOut: expect.stringContaining('--data DIR'),
    })
  })

  it('because it is a folder is told with its path, why, and the way out', async () => {
    mkdirSync(file)
    writeFileSync(join(file, 'x'), '')
    await expect(read()).rejects.toMatchObject({
      name: 'UserError',
      code: 'log_unreadable',
      message: expect.stringContaining(`the log ${file} cannot be read: `),
      wayOut: expect.stringContaining('--data DIR'),
    })
  })

  it('that is empty has no lines', async () => {
    expect(await readText('')).toEqual([])
  })
})

describe('following', () => {
  it('gives each line once when bytes before it are no text', async () => {
    // A crash in the middle of a character leaves such bytes; decoded they are longer than they were.
    const torn = Buffer.concat([Buffer.from('{"msg":"'), Buffer.alloc(400, 0xe2), Buffer.from('\n')])
    writeFileSync(file, Buffer.concat([Buffer.from(line('a')), torn, Buffer.from(line('b'))]))
    const { found, reaches } = follow()
    await reaches('b')
    appendFileSync(file, line('c'))
    await reaches('c')
    appendFileSync(file, line('d'))
    await reaches('d')
    expect(found).toEqual(['a', 'b', 'c', 'd'])
  })

  it('gives a line once that comes in single bytes, through the middle of characters', async () => {
    writeFileSync(file, line('a'))
    const { found, reaches } = follow()
    await reaches('a')
    for (const byte of Buffer.from(line('é😀'))) appendFileSync(file, Buffer.from([byte]))
    await reaches('é😀')
    expect(found).toEqual(['a', 'é😀'])
  })

  it('begins at the start of a new file, also when that is already longer than the old one', async () => {
    writeFileSync(file, line('old'))
    const { found, reaches } = follow()
    await reaches('old')
    const next = `${file}.next`
    writeFileSync(next, ['new 1', 'new 2', 'new 3'].map((each) => line(each)).join(''))
    renameSync(next, file)
    await reaches('new 3')
    expect(found).toEqual(['old', 'new 1', 'new 2', 'new 3'])
  })

  it('begins at the start of a file that was emptied in its place', async () => {
    writeFileSync(file, line('a long message, so that the next text is shorter'))
    const { found, reaches } = follow()
    await reaches('a long message, so that the next text is shorter')
    truncateSync(file)
    writeFileSync(file, line('b'))
    await reaches('b')
    expect(found).toHaveLength(2)
  })

  it('waits for a file that was removed, and begins at the start of the next one', async () => {
    writeFileSync(file, line('a long message, so that the next text is shorter'))
    const { found, reaches } = follow()
    await reaches('a long message, so that the next text is shorter')
    rmSync(file)
    writeFileSync(file, line('again'))
    await reaches('again')
    expect(found).toHaveLength(2)
  })

  it('ends with its signal, and at once when that was aborted before', async () => {
    writeFileSync(file, line('a'))
    const { found, reaches, end } = follow()
    await reaches('a')
    await end()
    expect(await read({ follow: true, signal: AbortSignal.abort() })).toEqual(['a'])
    expect(found).toEqual(['a'])
  })

  it('gives every line of a writer that is faster than the reader, once and in order', async () => {
    writeFileSync(file, '')
    const { found, reaches } = follow()
    const names = Array.from({ length: 500 }, (_, at) => `${at}`)
    for (const name of names) appendFileSync(file, line(name))
    await reaches('499')
    expect(found).toEqual(names)
  })
})

it('entries have the type that printers take', () => {
  const entry = parseEntry(line('a', { actor: 'system' })) satisfies LogEntry | undefined
  expect(entry?.actor).toBe('system')
})
