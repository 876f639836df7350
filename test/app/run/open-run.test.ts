// Putting a run together: when a part cannot be opened, those before it are closed in reverse order and its error is told.

import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { NodeEnding } from '../../../actors/index.ts'
import { UserError } from '../../../app/errors.ts'
import { runIn } from '../../../app/run/open-run.ts'
import type { RunSurroundings } from '../../../app/run/opening.ts'
import { openRunDirectory, type RunDirectory } from '../../../app/run/run-directory.ts'
import type { RunSettings } from '../../../app/settings/settings.ts'
import { report } from '../../cli/run-facts.ts'
import { scratch } from '../../cli/scratch.ts'

/** The parts in the order in which they are opened; each is told as it is opened and closed. */
const PARTS = [
  'store',
  'sandbox',
  'transport',
  'backups',
  'facts',
  'work',
  'hooks',
  'agents',
  'home',
  'tree',
  'control',
] as const
type Part = (typeof PARTS)[number]

const stage = vi.hoisted(() => ({
  events: [] as string[],
  failing: undefined as string | undefined,
  failsToClose: undefined as string | undefined,
  isClosedTwice: false,
  ending: Promise.resolve({ kind: 'stopped' }) as Promise<unknown>,
  stopped: 0,
  isOver: false,
  reportsTo: undefined as unknown,
  endsBadly: false,
}))

const opens = vi.hoisted(() => {
  const open = (part: string): void => {
    stage.events.push(`open ${part}`)
    if (part === stage.failing) throw new Error(`no ${part}`)
  }
  const close = (part: string) => async (): Promise<void> => {
    stage.events.push(`close ${part}`)
    if (part === stage.failsToClose) throw new Error(`${part} hangs`)
  }
  return { open, close }
})

type WithStack = { readonly opened: AsyncDisposableStack }
vi.mock('../../../app/run/run-store.ts', () => ({
  async openRunStore({ opened }: WithStack) {
    opens.open('store')
    opened.defer(opens.close('store'))
    return { store: {}, keys: undefined }
  },
}))
vi.mock('../../../app/run/requirements.ts', () => ({
  requireSandbox: async () => opens.open('sandbox'),
}))
vi.mock('../../../app/run/run-transport.ts', () => ({
  async openTransport({ opened }: WithStack) {
    opens.open('transport')
    opened.defer(opens.close('transport'))
    return {
      endRun: () => {
        stage.isOver = true
      },
    }
  },
}))
vi.mock('../../../app/store/backups.ts', () => ({
  openBackups() {
    opens.open('backups')
    return { close: opens.close('backups') }
  },
}))
vi.mock('../../../app/run/run-facts.ts', () => ({
  async openFacts({ opened }: WithStack) {
    opens.open('facts')
    opened.defer(opens.close('facts'))
    const readers = {
      totals: () => ({ restarts: 2, seconds: 3 }),
      async end(told: unknown) {
        stage.reportsTo = told
        if (stage.endsBadly) throw new Error('the recording is full')
      },
    }
    return { readers, listen: () => {} }
  },
}))
vi.mock('../../../app/run/run-work.ts', () => ({
  async openWork() {
    opens.open('work')
    return { workspace: { clone: '/clone' } }
  },
  openRunAgents({ opened }: WithStack) {
    opens.open('agents')
    opened.defer(opens.close('agents'))
    return {}
  },
}))
vi.mock('../../../app/hooks/hook-reader.ts', () => ({
  openHookReader() {
    opens.open('hooks')
    return { take: () => {}, close: opens.close('hooks') }
  },
}))
vi.mock('../../../app/nodes/home.ts', () => ({
  openHome() {
    opens.open('home')
    return { attend: () => void stage.events.push('attend home'), close: opens.close('home') }
  },
}))
vi.mock('../../../app/run/run-tree.ts', () => ({
  async startTree() {
    opens.open('tree')
    return {
      view: {},
      ending: stage.ending,
      stop: () => {
        stage.stopped += 1
      },
    }
  },
}))
vi.mock('../../../app/run/run-control.ts', () => ({
  async serveControl({ opened }: WithStack) {
    opens.open('control')
    opened.defer(opens.close('control'))
    return { close: () => void stage.events.push('close registry') }
  },
}))

let data: string
let directory: RunDirectory
let finished: unknown[]
let notices: string[]
let stop: AbortController
let started: number
beforeEach(async () => {
  data = scratch()
  Object.assign(stage, {
    events: [],
    failing: undefined,
    failsToClose: undefined,
    ending: Promise.resolve({ kind: 'stopped' }),
    stopped: 0,
    isOver: false,
    reportsTo: undefined,
    endsBadly: false,
  })
  finished = []
  notices = []
  stop = new AbortController()
  started = 0
  directory = await openRunDirectory(settings(), 1)
})

const settings = () =>
  ({
    repository: '/library',
    milestones: [],
    seed: 1,
    dataDirectory: data,
    hooks: { 'after-merge': { run: 'true', timeout: 1 } },
  }) as unknown as RunSettings

function begin(around: Partial<RunSurroundings> = {}) {
  return runIn(directory, {
    settings: settings(),
    output: {
      telemetry: () => {},
      notice: (sentence) => void notices.push(sentence),
      finish: (ending, totals) => void finished.push([ending, totals]),
      close: () => {},
    },
    around: {
      version: '1.2.3',
      env: {},
      secrets: [],
      log: { logger: { warn: () => {} } } as unknown as RunSurroundings['log'],
      stop: stop.signal,
      ...around,
    },
    onStart: () => {
      started += 1
    },
  })
}

const of = (what: string) =>
  stage.events.filter((each) => each.startsWith(`${what} `)).map((each) => each.slice(what.length + 1))
const failure = (work: Promise<unknown>) => work.catch((error: unknown) => error)
const isOver = () =>
  (JSON.parse(readFileSync(join(directory.path, 'run.json'), 'utf8')) as { over: boolean }).over
const ended = (exit: object): Promise<NodeEnding> =>
  Promise.resolve({ kind: 'ended', exit } as unknown as NodeEnding)

/** The parts that have something to close. */
const CLOSED: readonly Part[] = PARTS.filter((part) => !['sandbox', 'work', 'tree'].includes(part))

describe('a run', () => {
  it('opens its store first, and closes its parts in reverse order', async () => {
    await begin()
    expect(of('open')).toEqual(PARTS)
    expect(of('close')).toEqual(['registry', ...CLOSED.toReversed()])
  })

  it.each(PARTS)(
    'whose %s cannot be opened tells that error, and closes what was open before',
    async (part) => {
      stage.failing = part
      expect(await failure(begin())).toMatchObject({ message: `no ${part}` })
      const before = PARTS.slice(0, PARTS.indexOf(part))
      expect(of('open')).toEqual([...before, part])
      expect(of('close')).toEqual(CLOSED.filter((each) => before.includes(each)).toReversed())
      expect(finished).toEqual([])
      expect(isOver()).toBe(false)
    },
  )

  it.each(CLOSED)('whose %s cannot be closed closes all others, and tells it', async (part) => {
    stage.failsToClose = part
    expect(await failure(begin())).toMatchObject({ message: `${part} hangs` })
    expect(of('close')).toEqual(['registry', ...CLOSED.toReversed()])
  })

  it('tells both errors when closing fails after opening failed, the last one first', async () => {
    stage.failing = 'control'
    stage.failsToClose = 'store'
    const error = (await failure(begin())) as { error: Error; suppressed: Error }
    expect([error.error.message, error.suppressed.message]).toEqual(['store hangs', 'no control'])
  })

  it('counts as begun from when its tree starts: until then it may be started again', async () => {
    stage.failing = 'home'
    await failure(begin())
    expect(started).toBe(0)
    stage.failing = 'tree'
    await failure(begin())
    expect(started).toBe(1)
  })

  it('answers nodes only after its tree runs', async () => {
    await begin()
    expect(stage.events.indexOf('attend home')).toBe(stage.events.indexOf('open tree') + 1)
    expect(stage.events.indexOf('open control')).toBe(stage.events.indexOf('attend home') + 1)
  })

  it('opens no hooks where there are none, nor in a replay', async () => {
    await begin({ replay: {} as never })
    expect(of('open')).not.toContain('hooks')
  })
})

describe('the end of a run', () => {
  it('that was stopped is told, and the run goes on when it is started again', async () => {
    expect(await begin()).toEqual({ kind: 'interrupted' })
    expect(finished).toEqual([[{ kind: 'interrupted' }, { restarts: 2, seconds: 3 }]])
    expect([isOver(), stage.isOver]).toEqual([false, false])
  })

  it('with a report is written down, told, and the run is over', async () => {
    stage.ending = ended({ reason: 'normal', output: report })
    const ending = { kind: 'finished', report, clone: '/clone' }
    expect(await begin()).toEqual(ending)
    expect(finished).toEqual([[ending, { restarts: 2, seconds: 3 }]])
    expect(stage.reportsTo).toEqual(report)
    expect([isOver(), stage.isOver]).toEqual([true, true])
  })

  it.each([
    ['the reason of its tree', { reason: 'crash', output: null }, 'the tree ended: crash'],
    ['its error', { reason: 'crash', output: null, error: { message: 'a guard threw' } }, 'a guard threw'],
    [
      'its reason when the report is of another form',
      { reason: 'normal', output: { status: 'great' } },
      'the tree ended: normal',
    ],
  ])('without a report is an error with %s, and the run is over', async (_, exit, message) => {
    stage.ending = ended(exit)
    expect(await failure(begin())).toMatchObject({ message })
    expect(isOver()).toBe(true)
    expect(finished).toEqual([])
  })

  it('of a store that failed is its error, and the run goes on when it is started again', async () => {
    stage.ending = Promise.resolve({
      kind: 'failed',
      error: new UserError('disk_full', 'the disk is full', 'Make room.'),
    })
    expect(await failure(begin())).toMatchObject({ code: 'disk_full' })
    expect([isOver(), stage.isOver]).toEqual([false, false])
    expect(of('close')).toEqual(['registry', ...CLOSED.toReversed()])
  })

  it('whose last line cannot be recorded leaves the run unfinished: nothing is claimed that was not written', async () => {
    stage.ending = ended({ reason: 'normal', output: report })
    stage.endsBadly = true
    expect(await failure(begin())).toMatchObject({ message: 'the recording is full' })
    expect([isOver(), finished.length]).toEqual([false, 0])
  })

  it('takes no more nodes before anything is closed', async () => {
    await begin()
    expect(of('close')[0]).toBe('registry')
  })
})

describe('stopping', () => {
  it('before the tree runs stops it as soon as it does', async () => {
    stop.abort()
    await begin()
    expect(stage.stopped).toBeGreaterThan(0)
  })

  it('while it runs lets it end', async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>()
    stage.ending = promise
    const running = begin()
    await vi.waitFor(() => expect(of('open')).toContain('control'))
    expect(stage.stopped).toBe(0)
    stop.abort()
    expect(stage.stopped).toBe(1)
    expect(finished).toEqual([])
    resolve({ kind: 'stopped' })
    expect(await running).toEqual({ kind: 'interrupted' })
  })
})

it('a directory that cannot be closed is told: the run would go on where it is over', async () => {
  stage.ending = ended({ reason: 'normal', output: report })
  mkdirSync(join(data, 'gone'))
  directory = { ...directory, path: join(data, 'nowhere') }
  expect(await failure(begin())).toMatchObject({ code: 'ENOENT' })
  expect(of('close')).toEqual(['registry', ...CLOSED.toReversed()])
})
