// What a call of `canopy node` comes to: joining, leaving, and every way in which it cannot.

import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { jetstreamManager } from '@nats-io/jetstream'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { runCommandLine } from '../../../cli/command-line.ts'
import type { Connection, NatsServer } from '../../../transport/index.ts'
import { type Home, openHome, VERSION } from '../../app/nodes/home.ts'
import { eventually } from '../../eventually.ts'
import { connectTo, keyringWith, natsArguments, startServer, stopServers } from '../../transport/nats.ts'
import { scratch } from '../scratch.ts'

let server: NatsServer
let connection: Connection
const system = 'run'
const nats: Record<string, string[]> = {}
const homes: Home[] = []

beforeAll(async () => {
  server = await startServer({ keyring: keyringWith(system, 'box', 'other') })
  for (const member of Object.keys(server.credentials)) nats[member] = await natsArguments(server, member)
  connection = await connectTo(server)
})
afterEach(async () => {
  for (const home of homes.splice(0)) await home.close()
})
afterAll(async () => {
  await connection.close()
  await stopServers()
})

async function home(version?: string): Promise<Home> {
  const opened = await openHome(connection, system, version)
  homes.push(opened)
  return opened
}

/** A node under way. */
class Started {
  readonly lines: Record<string, unknown>[] = []
  readonly place = join(scratch(), 'place')
  readonly ended: Promise<number | undefined>
  readonly #stop = new AbortController()
  err = ''

  constructor(args: readonly string[] = [], where = nats['node-box'] ?? []) {
    const folder = scratch()
    const given = args.includes('--data') ? [] : ['--data', this.place]
    const all = ['node', ...where, '--workers', '2', '--json', ...given, ...args]
    this.ended = runCommandLine(all, {
      screen: { write: (text) => this.lines.push(JSON.parse(text)) },
      writeError: (text) => (this.err += text),
      directory: folder,
      env: { XDG_STATE_HOME: join(folder, 'state') },
      home: folder,
      cores: 2,
      version: VERSION,
      now: () => 0,
      stop: this.#stop.signal,
      onRun: () => {},
    })
  }

  get types(): unknown[] {
    return this.lines.map(({ type }) => type)
  }

  async joined(): Promise<this> {
    await eventually(() => this.types.includes('node.joined'), { what: `a node that joined: ${this.err}` })
    return this
  }

  stop(): Promise<number | undefined> {
    this.#stop.abort('test')
    return this.ended
  }
}

const crews = ({ told }: Home) => told.filter(({ type }) => type === 'NODES').map(({ nodes }) => nodes)

describe('a node', () => {
  it('joins under its name, brings its workers, and leaves nothing when it is stopped', async () => {
    const host = await home()
    const node = await new Started().joined()
    expect(node.lines[0]).toMatchObject({
      type: 'node.joined',
      system,
      name: 'box',
      workers: 2,
    })
    await eventually(() => host.told.filter(({ type }) => type === 'WORKER.FREE').length === 2)
    const [crew] = crews(host).at(-1) as { node: string; workers: number }[]
    expect(crew).toEqual({ node: expect.stringMatching(/^node-box-\d+$/), workers: 2, agents: true })
    // The pool knows of the node before it hears of its workers.
    expect(host.told.findIndex(({ type }) => type === 'WORKER.FREE')).toBeGreaterThan(
      host.told.findIndex(({ nodes }) => (nodes as unknown[] | undefined)?.length === 1),
    )
    expect(host.told.at(-1)).toMatchObject({ worker: expect.stringContaining(`${crew?.node}.worker:`) })
    expect(existsSync(node.place)).toBe(true)

    expect(await node.stop()).toBe(0)
    expect(node.types.slice(-2)).toEqual(['node.leaving', 'node.left'])
    expect(crews(host).at(-1)).toEqual([])
    expect(await host.names()).toEqual([])
    expect(existsSync(node.place)).toBe(false)
    const manager = await jetstreamManager(connection.nats)
    const consumers = await manager.consumers.list(`canopy-${system}-mail`).next()
    expect(consumers.map(({ name }) => name)).toEqual(['unit-main'])
  })

  it('is another one each time that it joins', async () => {
    const host = await home()
    const first = await new Started().joined()
    await first.stop()
    const second = await new Started().joined()
    await second.stop()
    const names = crews(host)
      .flatMap((nodes) => nodes as { node: string }[])
      .map(({ node }) => node)
    expect(new Set(names).size).toBe(2)
  })

  it('ends well when the run is over', async () => {
    const host = await home()
    const node = await new Started().joined()
    homes.length = 0
    await host.close()
    expect(await node.ended).toBe(0)
    expect(node.lines.at(-2)).toMatchObject({ type: 'node.leaving', reason: 'the run is over' })
    expect(existsSync(node.place)).toBe(false)
    const manager = await jetstreamManager(connection.nats)
    expect(await manager.streams.names().next()).toEqual([])
  })

  it('keeps packages for the next time, and nothing else', async () => {
    await home()
    const place = scratch()
    const node = await new Started(['--data', place]).joined()
    writeFileSync(join(place, 'dependencies'), '')
    await node.stop()
    expect(readdirSync(place)).toEqual(['dependencies'])
  })

  it('is refused a name that somebody has, with who that is', async () => {
    await home()
    const first = await new Started().joined()
    const second = new Started()
    expect(await second.ended).toBe(2)
    expect(second.err).toContain(
      `a node named box is connected already, on ${hostname()} (process ${process.pid})`,
    )
    expect(second.err).toContain('canopy keys create')
    await first.stop()
  })

  it('is refused by a run of another version, and gives the name back', async () => {
    const host = await home('9.9.9')
    const node = new Started()
    expect(await node.ended).toBe(2)
    expect(node.err).toContain('this node is Canopy 1.2.3')
    expect(node.err).toContain('the run is Canopy 9.9.9')
    expect(await host.names()).toEqual([])
    expect(crews(host).flat()).toEqual([])
  })

  it('is refused a directory that another node works in', async () => {
    await home()
    const first = await new Started().joined()
    const second = new Started(['--data', first.place], nats['node-other'])
    expect(await second.ended).toBe(2)
    expect(second.err).toContain('another node uses')
    await first.stop()
  })

  it.for<[args: string[], where: (own: string[]) => string[], ...sentences: string[]]>([
    [[], (own) => own, 'no run named run is active at nats://127.0.0.1', 'canopy run --nats'],
    [[], ([, , ...key]) => ['--nats', 'nats://127.0.0.1:1', ...key], 'no NATS server can be reached'],
    [['--workers', '0'], (own) => own, '--workers is "0"', 'from 1 to 16'],
    [[], ([, , ...key]) => ['--nats', 'box', ...key], '--nats is "box"'],
    [[], ([, url = '']) => ['--nats', url], '--creds is missing', 'canopy keys create'],
    [[], ([, url = '']) => ['--nats', url, '--creds', '/nowhere'], '/nowhere cannot be read'],
    [[], () => nats.viewer ?? [], '--creds is the key of viewer (viewer); expected the key of a node'],
    [
      [],
      ([, url = '']) => ['--nats', url.replace('//', '//me:a-secret@')],
      '--nats holds a user or a password',
    ],
  ])('%j %s is told with the way out', async ([args, where, ...sentences]) => {
    const node = new Started(args, where(nats['node-box'] ?? []))
    expect(await node.ended).toBe(2)
    for (const sentence of sentences) expect(node.err).toContain(sentence)
    expect(node.err).not.toContain('a-secret')
  })
})
