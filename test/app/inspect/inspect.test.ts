// Inspecting: wrong options before anything is opened, systems that refuse, and each end with its reason.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { inspect, type RunInspectorOptions } from '../../../app/inspect/inspect.ts'
import { type Answer, answering, refused, value } from '../control/answering.ts'

const usual: RunInspectorOptions = { port: '0', page: 'https://stately.ai/inspect' }
const willing = { inspect: value(null), chart: refused('unknown_kind') }

function inspecting(
  options: Partial<RunInspectorOptions> = {},
  answers: Readonly<Record<string, Answer>> = willing,
) {
  const control = answering(answers)
  const stop = new AbortController()
  const lost = Promise.withResolvers<void>()
  const opened: string[] = []
  const ended = inspect(
    { control, lost: () => lost.promise },
    { ...usual, ...options },
    { stop: stop.signal, isShown: false, onOpen: (url) => opened.push(url) },
  )
  return { control, stop, lost, opened, ended, failure: () => ended.catch((error: unknown) => error) }
}

describe('wrong options', () => {
  it.each([
    ['port', '', '--port is ""; expected 0 to 65535', '--port 8080'],
    ['port', '-1', '--port is "-1"; expected', '--port 8080'],
    ['port', '65536', '--port is "65536"; expected', '--port 8080'],
    ['port', '80.5', '--port is "80.5"; expected', '--port 8080'],
    ['port', '0x10', '--port is "0x10"; expected', '--port 8080'],
    ['port', ' 80', '--port is " 80"; expected', '--port 8080'],
    ['page', 'stately', '--page is "stately"; expected the URL of a page', 'https://stately.ai'],
    ['page', 'file:///etc/passwd', '--page is "file:///etc/passwd"; expected', 'https://stately.ai'],
    ['page', 'javascript:alert(1)', '--page is "javascript:alert(1)"; expected', 'https://stately.ai'],
    ['to', 'http://localhost:1', '--to is "http://localhost:1"; expected', 'ws://localhost:8080'],
    ['to', '', '--to is ""; expected', 'ws://localhost:8080'],
  ])(
    '--%s %j is refused with an example, before the system is asked',
    async (name, text, message, wayOut) => {
      const { control, opened, failure } = inspecting({ [name]: text })
      expect(await failure()).toMatchObject({
        name: 'UserError',
        code: 'bad_option',
        message: expect.stringContaining(message),
        wayOut: expect.stringContaining(wayOut),
      })
      expect([control.asked, opened]).toEqual([[], []])
    },
  )

  it('a port that another program has is told as such', async () => {
    const other = createServer()
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
    onTestFinished(() => void other.close())
    const { port } = other.address() as AddressInfo
    expect(await inspecting({ port: `${port}` }).failure()).toMatchObject({
      code: 'port_unavailable',
      message: `--port is ${port}; another program listens there`,
      wayOut: 'Without --port, a free port is used.',
    })
  })

  it('an inspector that is not there is told before the system is asked', async () => {
    const { control, failure } = inspecting({ to: 'ws://127.0.0.1:1' })
    expect(await failure()).toMatchObject({
      name: 'UserError',
      code: 'no_inspector',
      wayOut: 'Start it first, or omit --to.',
    })
    expect(control.asked).toEqual([])
  })
})

describe('a system that refuses', () => {
  it.each(['not_allowed', 'unknown_verb', 'no_responder'])(
    'with %s is told in one line, and no page stays open',
    async (code) => {
      const { opened, failure } = inspecting({}, { inspect: refused(code, 'not\nyou\u001b[2J') })
      expect(await failure()).toMatchObject({
        name: 'UserError',
        code,
        message: 'not you',
        wayOut: expect.stringContaining('--data'),
      })
      expect(opened).toEqual([])
    },
  )
})

describe('an inspection', () => {
  it('opens a page of this machine alone, with a token, and ends when it is stopped', async () => {
    const { opened, stop, ended } = inspecting()
    while (opened.length === 0) await new Promise((done) => setTimeout(done, 1))
    const url = new URL(opened[0] ?? '')
    expect(['127.0.0.1', 'localhost']).toContain(url.hostname)
    expect(`${url.search}${url.hash}${url.pathname}`.length).toBeGreaterThan(20)
    stop.abort()
    expect(await ended).toMatchObject({ reason: 'stopped', actors: 0, frames: 0, lost: 0, unread: 0 })
    await expect(fetch(url)).rejects.toThrow()
  })

  it('ends at once when it was stopped before', async () => {
    const { stop, ended } = inspecting()
    stop.abort()
    expect(await ended).toMatchObject({ reason: 'stopped' })
  })

  it('ends when the run and its server are gone', async () => {
    const { lost, ended } = inspecting()
    lost.resolve()
    expect(await ended).toMatchObject({ reason: 'the run and its NATS server are gone' })
  })
})
