// Asking and steering a running system: what is sent, and what each refusal becomes.

import { describe, expect, it } from 'vitest'
import { askSystem } from '../../../app/control/ask-system.ts'
import { askStatus, askTree } from '../../../app/control/look.ts'
import { pauseOrResume, sendEvent } from '../../../app/control/steer.ts'
import { askNodes } from '../../../app/nodes/nodes-verb.ts'
import { answering, refused, value } from './answering.ts'

const failure = (work: Promise<unknown>) => work.catch((error: unknown) => error)

describe('a refusal', () => {
  it.each([
    ['no_responder', 'canopy run'],
    ['timeout', 'within 5 seconds'],
    ['not_allowed', '--creds operator.creds'],
    ['mailbox_full', 'try again'],
    ['not_stepped', 'try again'],
    ['no_such_actor', 'canopy tree'],
  ])('%s is a UserError with a way out', async (code, wayOut) => {
    const control = answering({ status: refused(code, 'it said no') })
    expect(await failure(askSystem(control, 'status', {}))).toMatchObject({
      name: 'UserError',
      code,
      message: 'it said no',
      wayOut: expect.stringContaining(wayOut),
    })
  })

  it('loses control characters and line breaks: its sender may be anybody', async () => {
    const control = answering({ status: refused('odd', 'a\u001b[2Jb\nc') })
    expect(await failure(askSystem(control, 'status', {}))).toMatchObject({ message: 'ab c' })
  })
})

describe('an answer of another version', () => {
  it.each([
    ['status', (control) => askStatus(control).then(({ read }) => read()), { state: 5 }],
    ['tree', (control) => askTree(control).then(({ read }) => read()), [{ address: 'a' }]],
    ['nodes', askNodes, [{ name: 'a' }]],
    ['send', (control) => sendEvent(control, { to: 'a', event: { type: 'A' }, wait: true }), { id: 'x' }],
    ['actors', (control) => pauseOrResume(control, 'PAUSE', 'm1'), [{ kind: 'task' }]],
  ] as [string, (control: ReturnType<typeof answering>) => Promise<unknown>, unknown][])(
    'to %s is told as such',
    async (verb, ask, odd) => {
      expect(await failure(ask(answering({ [verb]: value(odd) })))).toMatchObject({
        code: 'strange_answer',
        message: expect.stringContaining(`the answer to ${verb} cannot be read`),
        wayOut: expect.stringContaining('another version'),
      })
    },
  )

  it('is still there as it came', async () => {
    expect((await askStatus(answering({ status: value({ state: 5 }) }))).raw).toEqual({ state: 5 })
  })
})

describe('a status and a tree', () => {
  it('keep the fields of later versions', async () => {
    const status = await askStatus(answering({ status: value({ state: 'working', later: 1 }) }))
    expect(status.read()).toEqual({ state: 'working', later: 1 })
  })

  it('get what an actor leaves out', async () => {
    const actor = { address: 'system', kind: 'system', status: 'running' }
    const tree = await askTree(answering({ tree: value([actor]) }))
    expect(tree.read()).toEqual([{ ...actor, restarts: 0, children: [] }])
  })
})

describe('an event', () => {
  it('is sent without waiting unless that is wanted', async () => {
    const control = answering({ send: value(null) })
    expect(await sendEvent(control, { to: 'a', event: { type: 'GO' }, wait: false })).toEqual({
      answer: null,
    })
    expect(control.asked).toEqual([['send', { to: 'a', event: { type: 'GO' } }]])
  })

  it('answers with the step when it is waited for', async () => {
    const answer = { state: 'up', sequence: 3, more: true }
    const control = answering({ send: value(answer) })
    const sent = await sendEvent(control, { to: 'a', event: { type: 'GO' }, wait: true })
    expect(sent).toEqual({ answer, step: answer })
    expect(control.asked[0]?.[1]).toMatchObject({ wait: true })
  })
})

describe('pausing a milestone', () => {
  const actors = [
    { address: 'system.supervisor.orchestrator:parsers', kind: 'orchestrator' },
    { address: 'system.supervisor.orchestrator:parsers:3', kind: 'orchestrator' },
    { address: 'system.supervisor.orchestrator:parsers:deep', kind: 'orchestrator' },
    { address: 'system.pool.parsers', kind: 'worker' },
  ]
  const stepped = value({ state: 'paused', sequence: 1 })
  const system = (listed: readonly object[] = actors) => answering({ actors: value(listed), send: stepped })

  it.each([
    ['parsers', 'system.supervisor.orchestrator:parsers'],
    ['orchestrator:parsers', 'system.supervisor.orchestrator:parsers'],
    ['parsers:3', 'system.supervisor.orchestrator:parsers:3'],
    ['parsers:deep', 'system.supervisor.orchestrator:parsers:deep'],
    ['any.address', 'any.address'],
  ])('%s reaches %s', async (name, address) => {
    expect(await pauseOrResume(system(), 'PAUSE', name)).toMatchObject({ to: address })
  })

  it('finds one that was begun again by its milestone, and takes no other for it', async () => {
    const [, again, deep] = actors
    expect(await pauseOrResume(system([again ?? {}]), 'RESUME', 'parsers')).toMatchObject({
      to: again?.address,
    })
    const error = await failure(pauseOrResume(system([deep ?? {}]), 'RESUME', 'parsers'))
    expect(error).toMatchObject({
      code: 'unknown_actor',
      message: expect.stringContaining(`${deep?.address}`),
    })
  })

  it('sends nothing when there is none', async () => {
    const control = system([])
    const error = await failure(pauseOrResume(control, 'PAUSE', 'par\u001b[1msers'))
    expect(error).toMatchObject({
      code: 'unknown_actor',
      message: "no orchestrator works on 'parsers'; there is none",
    })
    expect(control.asked.map(([verb]) => verb)).toEqual(['actors'])
  })

  it('without a name goes to the supervisor, unasked who there is', async () => {
    const control = system()
    await pauseOrResume(control, 'PAUSE', undefined)
    expect(control.asked).toEqual([
      ['send', { to: 'system.supervisor', event: { type: 'PAUSE' }, wait: true }],
    ])
  })
})
