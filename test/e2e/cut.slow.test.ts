// A node on another machine works for a run through the network alone. When the cable is pulled it stops by itself, and
// only then, within ten seconds, what it had in hand is given to others.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findTool, natsServerTool } from '../../programs/index.ts'
import { accountsConfiguration, issue } from '../../transport/index.ts'
import { eventually } from '../eventually.ts'
import { limit } from '../machine-speed.ts'
import { keyringWith } from '../transport/nats.ts'
import { Canopy, commandLinesWith, type Line, plainRepository } from './canopy.ts'
import { endsOf, mergesOf, since, startOf, timeOf, writing } from './run-story.ts'
import { type TwoMachines, twoMachines, whyNoMachines } from './two-machines.ts'

const TASKS = 6
const why = await whyNoMachines()
if (why !== undefined) process.stderr.write(`test/e2e/cut.slow.test.ts DID NOT RUN: ${why}\n`)

describe.skipIf(why !== undefined)(`two machines${why === undefined ? '' : ` (did not run: ${why})`}`, () => {
  let machines: TwoMachines
  let server: ChildProcess
  const places: string[] = []
  const keys = new Map<string, string[]>()
  const keyOf = (member: string): string[] => keys.get(member) ?? []

  async function temporary(name: string): Promise<string> {
    const place = await mkdtemp(join(tmpdir(), `canopy-e2e-${name}-`))
    places.push(place)
    return place
  }

  beforeAll(async () => {
    machines = await twoMachines()
    const { address, through } = machines.home
    const binary = await findTool(natsServerTool)
    if (binary.kind === 'missing') throw new Error(binary.reason)
    const folder = await temporary('nats')
    await writeFile(join(folder, 'nats-server.conf'), await configurationFor(address, folder))
    const [program = '', ...before] = [...through, binary.path]
    server = spawn(program, [...before, '-c', join(folder, 'nats-server.conf')])
    let said = ''
    server.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await eventually(() => said.includes('Server is ready'), { what: 'the server' })
  })

  afterAll(async () => {
    server.kill('SIGKILL')
    await machines.close()
    for (const place of places) await rm(place, { recursive: true, force: true })
  })

  /** A server with TLS and keys for home and one node. */
  async function configurationFor(address: string, folder: string): Promise<string> {
    const [key, certificate] = [join(folder, 'server-key.pem'), join(folder, 'server.pem')]
    const subject = ['-subj', `/CN=${address}`, '-addext', `subjectAltName=IP:${address}`]
    const files = ['-keyout', key, '-out', certificate]
    await execa('openssl', [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '1',
      ...subject,
      ...files,
    ])
    let keyring = keyringWith('cut', 'away')
    for (const member of ['main', 'node-away']) {
      const issued = await issue(keyring, { member, now: Math.floor(Date.now() / 1000), expires: null })
      keyring = issued.keyring
      const file = join(folder, `${member}.creds`)
      await writeFile(file, issued.credentials, { mode: 0o600 })
      keys.set(member, ['--creds', file, '--tls-ca', certificate])
    }
    return [
      `listen: "${address}:4222"`,
      `jetstream { store_dir: "${folder}" }`,
      `tls { cert_file: "${certificate}", key_file: "${key}" }`,
      await accountsConfiguration(keyring),
    ].join('\n')
  }

  it('a node works through the network alone, and stops by itself when it is cut off', async () => {
    const at = (member: string) => ['--nats', `tls://${machines.home.address}:4222`, ...keyOf(member)]
    const repository = await plainRepository(TASKS)
    places.push(repository)
    const [data, place] = [await temporary('data'), await temporary('away')]
    const goal = ['--goal', 'branch-coverage=100', '--workers', '1', '--json']
    const run = new Canopy(
      ['run', '--repo', repository, '--data', data, ...at('main'), ...goal],
      machines.home.through,
    )
    await eventually(() => run.lines.some(({ type }) => type === 'node.started'), {
      within: 30_000,
      what: `the run: ${run.error}`,
    })
    const node = new Canopy(
      ['node', ...at('node-away'), '--data', place, '--workers', '3', '--json'],
      machines.away.through,
    )

    const isAway = (worker: unknown) => String(worker).startsWith('node-away-')
    const handedIn = () =>
      run.lines.find(({ type, task }) => type === 'task.submitted' && isAway(startOf(run, task)?.worker))
    const done = await eventually(handedIn, { within: 90_000, what: 'a task done away' })
    const inHand = await eventually(() => writing(node), { within: 60_000, what: 'a task in hand away' })
    const cutAt = Date.now()
    await machines.cut()

    expect(await node.ended, node.error).toBe(1)
    const left = node.lines.find(({ type }) => type === 'node.leaving')
    expect(left?.reason).toContain('could not reach')
    expect(node.last).toMatchObject({ type: 'node.left' })
    const isLost = ({ type, worker }: Line) => type === 'worker.lost' && isAway(worker)
    const lost = await eventually(() => run.lines.find(isLost), {
      within: 20_000,
      what: 'the loss, seen at home',
    })
    expect(timeOf(lost) - cutAt, since(run, cutAt)).toBeLessThan(limit(10_000))
    // It had let go of what it had in hand before anybody else could have it.
    expect(left && timeOf(left)).toBeLessThan(timeOf(lost))
    await eventually(() => !isAway(startOf(run, inHand.task)?.worker), {
      within: 120_000,
      what: 'the task taken up at home',
    })
    expect(await readdir(place)).toEqual(['dependencies'])
    expect(await commandLinesWith(place)).toEqual([])

    await run.ended
    expect(run.last, run.error).toMatchObject({ type: 'run.finished', status: 'reached' })
    expect([...endsOf(run).values()]).toEqual(Array(TASKS).fill(1))
    const merges = await mergesOf(repository)
    expect(merges).toHaveLength(TASKS)
    expect(merges).toContain(done.task)
    expect(new Set(merges).size).toBe(TASKS)
  })
})
