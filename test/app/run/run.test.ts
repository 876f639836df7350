// Starting a run: again while its own server goes away at the start, and never once it has begun.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { UserError } from '../../../app/errors.ts'
import { connect } from '../../../app/run/connect.ts'
import { findRun } from '../../../app/run/find-run.ts'
import { inFlightOf } from '../../../app/run/in-flight.ts'
import type { RunSurroundings } from '../../../app/run/opening.ts'
import type { RunEnding, RunOutput } from '../../../app/run/output.ts'
import { run } from '../../../app/run/run.ts'
import { closeRunDirectory, openRunDirectory, runBefore } from '../../../app/run/run-directory.ts'
import { wrapEach } from '../../../app/run/wrap-each.ts'
import type { RunSettings } from '../../../app/settings/settings.ts'
import { StoreError } from '../../../persistence/index.ts'
import { TransportError } from '../../../transport/index.ts'
import { scratch } from '../../cli/scratch.ts'

interface Start {
  readonly path: string
  readonly onStart: () => void
}
const stage = vi.hoisted(() => ({
  starts: 0,
  start: (_: unknown): Promise<unknown> => Promise.resolve({ kind: 'interrupted' }),
}))
vi.mock('../../../app/run/open-run.ts', () => ({
  runIn(directory: { path: string }, { onStart }: { onStart: () => void }) {
    stage.starts += 1
    return stage.start({ path: directory.path, onStart })
  },
}))

let data: string
let notices: string[]
const path = process.env.PATH
beforeEach(() => {
  data = scratch()
  notices = []
  stage.starts = 0
})
afterEach(() => {
  process.env.PATH = path
})

const settings = (other: Partial<RunSettings> = {}) =>
  ({
    repository: '/library',
    milestones: [],
    seed: 1,
    dataDirectory: data,
    ...other,
  }) as unknown as RunSettings
const output: RunOutput = {
  telemetry: () => {},
  notice: (sentence) => void notices.push(sentence),
  finish: () => {},
  close: () => {},
}
const around = {} as RunSurroundings
const begin = (other: Partial<RunSettings> = {}) => run(settings(other), output, around)
const failure = (work: Promise<unknown>) => work.catch((error: unknown) => error)
const lost = () => new TransportError('unreachable', 'no server at 127.0.0.1')
const nats = { identity: { system: 'mine' } } as unknown as NonNullable<RunSettings['nats']>

/** Starts that fail so many times before one ends well. */
function failing(times: number, error: () => Error = lost, isBegun = false): void {
  stage.start = async (given) => {
    if (isBegun) (given as Start).onStart()
    if (stage.starts <= times) throw error()
    return { kind: 'interrupted' } satisfies RunEnding
  }
}

describe('a run whose own server goes away at the start', () => {
  it.each([1, 2, 4])('is started again, %i times', async (times) => {
    failing(times)
    expect(await begin()).toEqual({ kind: 'interrupted' })
    expect(stage.starts).toBe(times + 1)
    expect(notices).toEqual(
      Array(times).fill('nats-server exited at the start (no server at 127.0.0.1); starting it again'),
    )
  })

  it('is given up at the fifth start, with the way out of the last error', async () => {
    failing(99)
    expect(await failure(begin())).toMatchObject({ name: 'UserError', code: 'unreachable' })
    expect(stage.starts).toBe(5)
    expect(notices).toHaveLength(4)
  })

  it('is started again in the same directory', async () => {
    const paths: string[] = []
    stage.start = async (given) => {
      paths.push((given as Start).path)
      if (stage.starts < 3) throw lost()
      return { kind: 'interrupted' }
    }
    await begin()
    expect(new Set(paths)).toEqual(new Set([join(data, 'runs', '1')]))
  })
})

describe('a run is not started again', () => {
  it.each<[string, () => void, Partial<RunSettings>]>([
    ['when its tree was running: the tree waits by itself', () => failing(1, lost, true), {}],
    ["when the server is the user's", () => failing(1), { nats }],
    ['after any other error', () => failing(1, () => new Error('a fault')), {}],
    ['when the server refused it', () => failing(1, () => new TransportError('denied' as never, 'no')), {}],
    ['when another run is active', () => failing(1, () => new UserError('in_use', 'x', 'y')), {}],
  ])('%s', async (_, make, other) => {
    make()
    expect(await failure(begin(other))).toBeInstanceOf(Error)
    expect(stage.starts).toBe(1)
    expect(notices).toEqual([])
  })
})

describe('an error of a run', () => {
  it.each<[Error, object]>([
    [
      new StoreError('locked', 'the store is open elsewhere', {} as never),
      { name: 'UserError', code: 'locked' },
    ],
    [new UserError('no_sandbox', 'none', 'way'), { code: 'no_sandbox', wayOut: 'way' }],
  ])('that the user can put right is told as that: %s', async (thrown, expected) => {
    failing(1, () => thrown)
    expect(await failure(begin())).toMatchObject(expected)
  })

  it('that is a fault stays as it is', async () => {
    const fault = new TypeError('x is not a function')
    failing(1, () => fault)
    expect(await failure(begin())).toBe(fault)
  })
})

describe('a run that goes on', () => {
  it('says so, and a new one does not', async () => {
    failing(0)
    await begin()
    expect(notices).toEqual([])
    await begin()
    expect(notices).toEqual([`continuing the run in ${data}`])
  })

  it('is none after its end: the next number begins', async () => {
    failing(0)
    const first = await openRunDirectory(settings(), 1)
    await closeRunDirectory(first)
    const paths: string[] = []
    stage.start = async (given) => void paths.push((given as Start).path)
    await begin()
    expect(paths).toEqual([join(data, 'runs', '2')])
    expect(await runBefore({ path: join(data, 'runs', '2') })).toBe(first.path)
    expect(await runBefore(first)).toBeUndefined()
  })

  it('with a broken record is refused before anything is opened', async () => {
    const first = await openRunDirectory(settings(), 1)
    writeFileSync(join(first.path, 'run.json'), '{"system":"x"')
    expect(await failure(begin())).toMatchObject({ code: 'run_unreadable' })
    expect(stage.starts).toBe(0)
  })
})

it('programs are never taken from the repository, whatever the PATH says', async () => {
  const repository = scratch()
  mkdirSync(join(repository, 'bin'))
  process.env.PATH = `${join(repository, 'bin')}:.:/usr/bin:${repository}:/bin`
  failing(0)
  await begin({ repository })
  expect(process.env.PATH?.split(':')).toEqual(expect.arrayContaining(['/usr/bin', '/bin']))
  expect(process.env.PATH).not.toContain(repository)
  expect(process.env.PATH?.split(':')).not.toContain('.')
})

describe('the record of a run', () => {
  const record = {
    system: 's-1-abc',
    repository: '/library',
    milestones: [],
    seed: 1,
    began: 5,
    over: false,
  }
  const write = (text: string) => {
    mkdirSync(join(data, 'runs', '1'), { recursive: true })
    writeFileSync(join(data, 'runs', '1', 'run.json'), text)
  }
  const open = (other: object = {}) => openRunDirectory({ ...settings(), ...other } as never, 9)

  it('of a later version with more fields is gone on with', async () => {
    write(JSON.stringify({ ...record, budget: { later: true } }))
    expect(await open()).toMatchObject({ resumed: true, record })
  })

  it.each<[string, string, string]>([
    ['torn', JSON.stringify(record).slice(0, 40), 'is not the record of a run'],
    ['empty', '', 'is not the record of a run'],
    ['zeros, as after a loss of power', '\u0000'.repeat(64), 'is not the record of a run'],
    ['a list', '[]', 'is not the record of a run'],
    ['null', 'null', 'is not the record of a run'],
    ['of another form', JSON.stringify({ ...record, over: 'no' }), 'over'],
    ['with a seed that is none', JSON.stringify({ ...record, seed: 'x' }), 'seed'],
    [
      'with goals of another form',
      JSON.stringify({ ...record, milestones: [{ id: 'UPPER' }] }),
      'milestones',
    ],
  ])('that is %s is refused with its path and its field, and kept as it is', async (_, text, part) => {
    write(text)
    const error = await failure(open())
    expect(error).toMatchObject({
      code: 'run_unreadable',
      wayOut: expect.stringContaining('Another version may have written it'),
    })
    expect((error as Error).message).toContain(join(data, 'runs', '1', 'run.json'))
    expect((error as Error).message).toContain(part)
    expect(await failure(findRun({ data }, host()))).toMatchObject({ code: 'run_unreadable' })
  })

  it.each<[string, object, string]>([
    ['another repository', { repository: '/other' }, '/library'],
    ['another seed', { seed: 2 }, 'seed 1'],
    [
      'other goals',
      { milestones: [{ id: 'a', name: 'A', goal: { branchCoverage: 5 }, priority: 5, needs: [] }] },
      'milestones',
    ],
    ['a key of another run', { nats: { identity: { system: 'other' } } }, 'the key is for other'],
  ])('with %s is refused and tells what it began with', async (_, other, part) => {
    write(JSON.stringify(record))
    const error = await failure(open(other))
    expect(error).toMatchObject({ code: 'other_run' })
    expect((error as Error).message).toContain(part)
  })

  it('of a run on a server of the user has the name that the key is for', async () => {
    const { record: made } = await open({ nats: { identity: { system: 'mine' } } })
    expect(made.system).toBe('mine')
    expect(await open({ nats: { identity: { system: 'mine' } } })).toMatchObject({ resumed: true })
  })

  it.each(['not-a-number', '1.5', '-1', '01x', '.hidden'])(
    'a folder %s beside the runs is none',
    async (name) => {
      mkdirSync(join(data, 'runs', name), { recursive: true })
      expect((await open()).path).toBe(join(data, 'runs', '1'))
    },
  )

  it('numbers are compared as numbers: after 9 and 10 comes 11', async () => {
    for (const number of ['9', '10', '2']) {
      mkdirSync(join(data, 'runs', number), { recursive: true })
      writeFileSync(join(data, 'runs', number, 'run.json'), JSON.stringify({ ...record, over: true }))
    }
    expect((await open()).path).toBe(join(data, 'runs', '11'))
  })

  it('of a data directory with strange letters makes a name that a subject may have', async () => {
    for (const name of ['my data.dir', '*', '>', 'ä.ö', '---', 'x'.repeat(200)]) {
      const place = join(data, name)
      const { record: made } = await openRunDirectory({ ...settings(), dataDirectory: place }, 1)
      expect(made.system).toMatch(/^[A-Za-z0-9_-]{1,60}$/)
    }
  })
})

const host = () => ({ directory: data, env: {}, home: data, cores: 2 })

describe('the run that options mean', () => {
  const over = async (count: number) => {
    for (let n = 0; n < count; n += 1) await closeRunDirectory(await openRunDirectory(settings(), n))
  }

  it('is the newest, over or not, or the one with its number', async () => {
    await over(2)
    expect(await findRun({ data }, host())).toMatchObject({
      dataDirectory: data,
      path: join(data, 'runs', '2'),
    })
    expect(await findRun({ data, run: '1' }, host())).toMatchObject({ record: { over: true, began: 0 } })
    await openRunDirectory(settings(), 7)
    expect(await findRun({ data }, host())).toMatchObject({ record: { over: false, began: 7 } })
  })

  it.each(['0', '01', '-1', '1.0', 'one', '', ' 1', '1 ', '../1', '1'.repeat(10), '1\n2'])(
    'has no number like %j',
    async (number) => {
      await over(1)
      expect(await failure(findRun({ data, run: number }, host()))).toMatchObject({
        code: 'bad_option',
        message: `the run is ${JSON.stringify(number)}; expected its number`,
      })
    },
  )

  it('is none where none ran, and where it is no longer kept', async () => {
    expect(await failure(findRun({ data }, host()))).toMatchObject({
      code: 'no_run',
      message: `there is no run in ${data}`,
      wayOut: expect.stringContaining('canopy run'),
    })
    await over(5)
    expect(await failure(findRun({ data, run: '1' }, host()))).toMatchObject({
      code: 'no_run',
      message: `there is no run 1 in ${data}; Canopy keeps the last three`,
    })
    expect(await findRun({ data, run: '3' }, host())).toBeDefined()
  })

  it('is none of a number whose folder was killed before it had a record', async () => {
    mkdirSync(join(data, 'runs', '4'), { recursive: true })
    expect(await failure(findRun({ data, run: '4' }, host()))).toMatchObject({ code: 'no_run' })
  })
})

describe('reaching a run', () => {
  it.each([
    ['nothing ran', () => {}],
    ['its run has no server', () => openRunDirectory(settings(), 1)],
    [
      'its server file is torn',
      async () => {
        const { path: place } = await openRunDirectory(settings(), 1)
        writeFileSync(join(place, 'server.json'), '{"url":')
      },
    ],
    ['its data directory is gone', () => rmSync(data, { recursive: true })],
  ])('fails with the ways out where %s', async (_, make) => {
    await make()
    expect(await failure(connect({ dataDirectory: data }))).toMatchObject({
      code: 'no_responder',
      message: `no run with a NATS server of its own is active in ${data}`,
      wayOut: expect.stringMatching(/--repo DIR[\s\S]*--data DIR[\s\S]*--nats URL --creds/),
    })
  })
})

it.each([
  [1, undefined, 4],
  [2, undefined, 4],
  [3, undefined, 6],
  [16, undefined, 32],
  [1, {}, 16],
  [4, {}, 16],
  [5, {}, 20],
])('%i workers with a server %j have %i tasks under way at most', (workers, server, count) => {
  expect(inFlightOf({ workers, nats: server })).toBe(count)
})

it('wrapping keeps every name, and what each gives', async () => {
  const seen: unknown[] = []
  const given = {
    double: async ({ n }: { n: number }) => n * 2,
    fail: async (_: never): Promise<string> => Promise.reject(new Error('no')),
  }
  const wrapped = wrapEach(given as never, (carryOut) => async (call) => {
    seen.push(call)
    return carryOut(call)
  }) as typeof given
  expect(Object.keys(wrapped)).toEqual(['double', 'fail'])
  expect(await wrapped.double({ n: 4 })).toBe(8)
  await expect(wrapped.fail({} as never)).rejects.toThrow('no')
  expect(seen).toEqual([{ n: 4 }, {}])
})
