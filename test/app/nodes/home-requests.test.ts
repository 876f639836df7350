// What a node may put into a request to home, and what home answers, without a repository: the wire is a stranger's.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { openBoxes } from '../../../app/nodes/boxes.ts'
import { CallRefused } from '../../../app/nodes/calls.ts'
import { type HomeServer, openHomeServer } from '../../../app/nodes/home-server.ts'
import { presenceHere } from '../../../app/nodes/presence.ts'
import { type RequestName, requests } from '../../../app/nodes/requests.ts'
import type { Assignment } from '../../../machines/index.ts'
import { type ControlReply, type MemoryObjects, openMemoryObjects } from '../../../transport/index.ts'
import { scratch } from '../../cli/scratch.ts'
import { modelsInUse } from '../../machines/samples.ts'

const [HEAD, START, TIP, CARRY] = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(40)) as [
  string,
  string,
  string,
  string,
]
const KEY = 'e'.repeat(64)

let home: HomeServer
let objects: MemoryObjects
let packed: string[]
let asked: unknown[]
let answers: () => Promise<unknown>
let nodes: { name: string; epoch: number }[]
let inHand: Assignment[]
let isSurveyed: boolean

const given = (other: object = {}) =>
  ({
    task: { id: 't1' },
    site: { head: HEAD },
    line: { milestone: 'm' },
    carry: CARRY,
    ...other,
  }) as unknown as Assignment

beforeEach(() => {
  objects = openMemoryObjects()
  const folder = scratch()
  packed = []
  asked = []
  answers = async () => ({ kind: 'pending' })
  nodes = [{ name: 'box', epoch: 7 }]
  inHand = [given()]
  isSurveyed = true
  const file = async (name: string): Promise<string> => {
    packed.push(name)
    const path = join(folder, `${packed.length}`)
    writeFileSync(path, name)
    return path
  }
  home = openHomeServer({
    workspace: {
      roundStart: async () => START,
      milestone: async () => ({
        milestone: 'm',
        start: START,
        branch: 'canopy/m',
        tip: TIP,
        secret: 'not sent',
      }),
      taken: async () => [{ line: 1, column: 2, arm: 0 }],
      exchange: {
        packCode: ({ commit }: { commit: string }) => file(`code ${commit}`),
        packRoot: (root: string) => file(`root ${root}`),
        survey: async () => (isSurveyed ? { head: HEAD } : undefined),
        dependencyRoots: async () => ({ key: KEY, roots: ['/r/node_modules', '/r/packages/a/node_modules'] }),
        carry: async ({ carry }: { carry: string }) => (carry === CARRY ? TIP : undefined),
      },
    } as never,
    boxes: openBoxes(() => objects),
    renewMail: async (unit) => `made ${unit}`,
    pool: 'system.pool',
    seed: 3,
    build: 'this build',
  })
})

const presence = presenceHere({ workers: 1, busy: 0, since: 0, build: 'this build' })
function verbs(hasAgents = true) {
  const questions = {
    ask: async (of: unknown) => {
      asked.push(of)
      return answers()
    },
    drop: (of: unknown) => void asked.push(['drop', of]),
  }
  const agents = { means: { budget: 'system.budget', models: modelsInUse }, questions }
  return home.verbs({
    registry: { look: async () => nodes.map((each) => ({ ...presence, ...each, seen: 0 })) },
    inHand: () => inHand,
    ...(hasAgents && { agents: agents as never }),
  })
}
const ask = (
  name: RequestName,
  payload: unknown,
  sender = 'node-box',
  hasAgents = true,
): Promise<ControlReply> => Promise.resolve(verbs(hasAgents)[name](payload, undefined, sender))
const codeOf = (reply: ControlReply) => (reply.ok ? 'ok' : reply.error.code)

/** A good request of each name. */
const GOOD: Record<RequestName, Record<string, unknown>> = {
  'node-join': { name: 'box', epoch: 7, build: 'this build' },
  'node-mail': { epoch: 7 },
  'node-leave': { name: 'box', epoch: 7 },
  'node-start': { milestone: 'm', round: 1 },
  'node-milestone': { milestone: 'm' },
  'node-carry': { milestone: 'm', task: 't1', commit: TIP, carry: CARRY },
  'node-code': { commit: HEAD, known: null },
  'node-site': { head: HEAD, archives: false },
  'node-taken': { head: HEAD, commit: TIP, module: 'src/a.ts' },
  'model-ask': { node: 'node-box-7', key: 'node-box-7.w/1/0' },
  'model-drop': { node: 'node-box-7', key: 'node-box-7.w/1/0' },
}
const names = Object.keys(requests) as RequestName[]

describe.each(names)('%s', (name) => {
  it('is answered when it is as it should be, in the form that nodes read', async () => {
    const reply = await ask(name, GOOD[name])
    expect(codeOf(reply)).toBe('ok')
    expect(requests[name].output.safeParse((reply as { value: unknown }).value).success).toBe(true)
  })

  it.each([undefined, null, [], 'text', 7, {}])(
    'of %j is a bad request, and does nothing',
    async (payload) => {
      const reply = await ask(name, payload)
      expect(codeOf(reply)).toBe('bad_request')
      expect([packed, asked]).toEqual([[], []])
    },
  )

  it.each(Object.keys(GOOD[name]))('without a right %s is a bad request, which names it', async (field) => {
    for (const wrong of [undefined, {}, ['x'], Number.NaN]) {
      const reply = await ask(name, { ...GOOD[name], [field]: wrong })
      expect(reply).toMatchObject({ ok: false, error: { code: 'bad_request' } })
      expect(JSON.stringify(reply)).toContain(field)
    }
  })

  it('of a stranger is refused', async () => {
    nodes.push({ name: 'other', epoch: 1 })
    inHand = []
    expect(codeOf(await ask(name, GOOD[name], name === 'node-mail' ? 'main' : 'node-other'))).toBe(
      'not_yours',
    )
    expect([packed, asked]).toEqual([[], []])
  })
})

describe('a name on the wire', () => {
  const COMMITS = [
    'HEAD',
    'main',
    '-x',
    '--upload-pack=x',
    'a'.repeat(39),
    'g'.repeat(40),
    `${HEAD}\n`,
    `../${HEAD}`,
    '',
  ]
  const IDS = ['../m', 'm/n', '-m', 'm n', 'm\u0000', '']
  const MODULES = ['../a.ts', '/etc/passwd', 'a/../b', '.git/config', 'a\u0000', 'a\\b', '']
  const KEYS = ['', 'a b', 'a\u0000', 'é', 'x'.repeat(1_001)]
  const NODES = [
    'system',
    'main',
    'node-',
    'node-box',
    'node-box-x',
    'node-BOX-1',
    `node-box-${'1'.repeat(17)}`,
  ]
  const wrong: (readonly [RequestName, string, readonly string[]])[] = [
    ['node-code', 'commit', COMMITS],
    ['node-code', 'known', COMMITS],
    ['node-carry', 'carry', COMMITS],
    ['node-site', 'head', COMMITS],
    ['node-taken', 'commit', COMMITS],
    ['node-milestone', 'milestone', IDS],
    ['node-start', 'milestone', IDS],
    ['node-carry', 'task', IDS],
    ['node-taken', 'module', MODULES],
    ['model-ask', 'key', KEYS],
    ['model-drop', 'key', KEYS],
    ['model-ask', 'node', NODES],
    ['node-join', 'name', ['', 'Box', 'a.b', '-a', 'a-', 'a'.repeat(31), '*', '>']],
  ]
  it.each(wrong)('%s: %s is no path, no option, no reference and no subject', async (name, field, values) => {
    for (const value of values)
      expect([value, codeOf(await ask(name, { ...GOOD[name], [field]: value }))]).toEqual([
        value,
        'bad_request',
      ])
    expect([packed, asked]).toEqual([[], []])
  })
})

describe('joining', () => {
  it('gives what a node has to know, and what its agents have to', async () => {
    expect(await ask('node-join', GOOD['node-join'])).toEqual({
      ok: true,
      value: { pool: 'system.pool', seed: 3, agents: { budget: 'system.budget', models: modelsInUse } },
    })
    expect(await ask('node-join', GOOD['node-join'], 'node-box', false)).toMatchObject({
      value: { agents: null },
    })
  })

  it.each([
    ['of another build', { build: 'another' }, 'version_differs'],
    ['of an earlier life', { epoch: 6 }, 'not_there'],
    ['of a later life', { epoch: 8 }, 'not_there'],
  ])('%s is refused', async (_, other, code) => {
    const reply = await ask('node-join', { ...GOOD['node-join'], ...other })
    expect(codeOf(reply)).toBe(code)
  })

  it('makes the consumer of its own mail, and of no other', async () => {
    expect(await ask('node-mail', { epoch: 7 })).toEqual({ ok: true, value: { made: 'made node-box.7' } })
  })
})

describe('files for a node', () => {
  it('are made and sent once, however often they are asked for', async () => {
    const answering = verbs()
    const order = { ...GOOD['node-code'] }
    const replies = await Promise.all(
      [1, 2, 3].map(() => answering['node-code'](order, undefined, 'node-box')),
    )
    expect(new Set(replies.map((each) => JSON.stringify(each))).size).toBe(1)
    expect(packed).toEqual([`code ${HEAD}`])
    expect(await objects.has(`code/${HEAD}/whole`)).toBe(true)
  })

  it('of a site are its survey, and the packages only where they are wanted', async () => {
    expect(await ask('node-site', GOOD['node-site'])).toMatchObject({
      value: { survey: `survey/${HEAD}`, archives: [] },
    })
    expect(packed).toEqual([])
    const reply = await ask('node-site', { ...GOOD['node-site'], archives: true })
    expect(reply).toMatchObject({
      value: {
        key: KEY,
        archives: [
          { root: '/r/node_modules', object: `dependencies/${KEY}/0` },
          { root: '/r/packages/a/node_modules', object: `dependencies/${KEY}/1` },
        ],
      },
    })
    expect(packed.toSorted()).toEqual(['root /r/node_modules', 'root /r/packages/a/node_modules'])
  })

  it('of a commit that was never surveyed are refused', async () => {
    isSurveyed = false
    expect(codeOf(await ask('node-site', GOOD['node-site']))).toBe('not_surveyed')
  })

  it('say of a milestone what a node needs, and nothing else', async () => {
    expect(await ask('node-milestone', { milestone: 'm' })).toEqual({
      ok: true,
      value: { milestone: 'm', start: START, branch: 'canopy/m', tip: TIP },
    })
  })

  it('of earlier work that does not fit any more are none', async () => {
    expect(await ask('node-carry', GOOD['node-carry'])).toEqual({ ok: true, value: { commit: TIP } })
    inHand = [given({ carry: START })]
    expect(await ask('node-carry', { ...GOOD['node-carry'], carry: START })).toEqual({
      ok: true,
      value: { commit: null },
    })
  })
})

describe('a model that is asked for a node', () => {
  it.each<[string, { hasAgents?: boolean; key?: string }, string]>([
    ['in a run without models', { hasAgents: false }, 'no_models'],
    ['under the key of another life', { key: 'node-box-6.w/1/0' }, 'not_yours'],
    ['under a key that only begins alike', { key: 'node-box-77.w/1/0' }, 'not_yours'],
  ])('%s is refused', async (_, { hasAgents = true, ...other }, code) => {
    const reply = await ask('model-ask', { ...GOOD['model-ask'], ...other }, 'node-box', hasAgents)
    expect(codeOf(reply)).toBe(code)
    expect(asked).toEqual([])
  })

  it('that lost its place is refused where it brings a question, and answered where it was put before', async () => {
    nodes = []
    const question = { text: '{}' }
    expect(codeOf(await ask('model-ask', { ...GOOD['model-ask'], question }))).toBe('not_there')
    expect(codeOf(await ask('model-ask', GOOD['model-ask']))).toBe('ok')
    expect(asked).toEqual([GOOD['model-ask']])
  })

  it('without a reservation is refused as that; any other fault is one', async () => {
    answers = () => Promise.reject(new CallRefused('nothing is reserved'))
    expect(await ask('model-ask', GOOD['model-ask'])).toMatchObject({
      error: { code: 'not_reserved', message: 'nothing is reserved' },
    })
    answers = () => Promise.reject(new Error('the disk is full'))
    await expect(ask('model-ask', GOOD['model-ask'])).rejects.toThrow('the disk is full')
  })

  it('is dropped by its node', async () => {
    await ask('model-drop', GOOD['model-drop'])
    expect(asked).toEqual([['drop', GOOD['model-drop']]])
    expect(codeOf(await ask('model-drop', GOOD['model-drop'], 'node-box', false))).toBe('ok')
  })
})

describe('submitted work', () => {
  const submission = { commit: TIP, files: ['a.ts'], cases: 1, bundle: `node-box/work/${TIP}` }
  function server(hasWork: boolean) {
    const taken: unknown[] = []
    const made = openHomeServer({
      workspace: {
        exchange: {
          hasWork: async () => hasWork,
          takeWork: async ({ file, ...of }: { file: string }) => void taken.push([typeof file, of]),
        },
      } as never,
      boxes: openBoxes(() => objects),
      renewMail: async () => '',
      pool: 'p',
      seed: 1,
      build: 'b',
    })
    return { made, taken }
  }

  it('is fetched from the box of its node, and not again', async () => {
    await objects.put(`work/${TIP}`, [Buffer.from('bundle')])
    const { made, taken } = server(false)
    await made.fetchWork({ milestone: 'm', task: 't', submission })
    expect(taken).toEqual([['string', { milestone: 'm', task: 't', commit: TIP }]])
    const known = server(true)
    await known.made.fetchWork({
      milestone: 'm',
      task: 't',
      submission: { ...submission, bundle: 'nowhere' },
    })
    expect(known.taken).toEqual([])
  })

  it('that is nowhere is a fault, which names the task and the commit', async () => {
    const { bundle: _, ...without } = submission
    await expect(
      server(false).made.fetchWork({ milestone: 'm', task: 't', submission: without }),
    ).rejects.toThrow(`task t submitted ${TIP}, which is not here`)
  })

  it('is dropped when it was judged; what cannot be dropped fails nothing', async () => {
    await objects.put(`work/${TIP}`, [Buffer.from('bundle')])
    const { made } = server(true)
    await made.dropWork(submission)
    expect(await objects.has(`work/${TIP}`)).toBe(false)
    await made.dropWork({ ...submission, bundle: undefined } as never)
    objects.delete = () => Promise.reject(new Error('no'))
    await made.dropWork(submission)
  })
})
