// A tree that ends leaves nothing behind, in whatever way it ends: everything is counted before and after.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Census, ImplementationCall } from '../../actors/index.ts'
import { eventually } from '../eventually.ts'
import { counter } from './counter.ts'
import { flags, OtpWorld, SUP } from './otp/world.ts'

interface Stock extends Census {
  readonly stored: readonly string[]
  readonly storedAlarms: number
  readonly storedEffects: number
  readonly letters: number
}

let world: OtpWorld
let directory: string
let programs: { readonly pid: number; readonly file: string }[]

/** A real program with a file of its own; both are gone when it is told to end. */
async function program({ key, signal }: ImplementationCall): Promise<never> {
  const file = join(directory, `${programs.length}`)
  await writeFile(file, key)
  const running = spawn('sleep', ['1000'], { stdio: 'ignore' })
  programs.push({ pid: running.pid ?? 0, file })
  signal.addEventListener('abort', () => running.kill('SIGKILL'))
  if (signal.aborted) running.kill('SIGKILL')
  await new Promise((resolve) => running.once('exit', resolve))
  await rm(file)
  throw new Error('it was told to end')
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function stock(): Promise<Stock> {
  const stored: string[] = []
  let storedAlarms = 0
  let storedEffects = 0
  for await (const { record, alarms, outbox } of world.store.actors()) {
    stored.push(record.address)
    storedAlarms += alarms.length
    storedEffects += outbox.length
  }
  return { ...world.node.census, stored, storedAlarms, storedEffects, letters: world.mail.size }
}

const inner = `${SUP}.inner`

/** Two levels with programs that run (each has a deadline), a timer that is set, and a child that waits for its restart. */
async function grow(autoShutdown: string): Promise<void> {
  const kid = (id: string, fields: object = {}) => ({ id, src: 'counter', shutdown: 5_000, ...fields })
  const children = [kid('timer'), kid('program'), kid('fragile', { backoff: {} })]
  const significant = autoShutdown !== 'never'
  await world.started({
    ...flags('one_for_one', 0),
    autoShutdown,
    children: [
      kid('program'),
      kid('last', { restart: significant ? 'transient' : 'permanent', significant }),
      { id: 'inner', src: 'supervisor', type: 'supervisor', input: { ...flags('one_for_one', 5), children } },
    ],
  })
  for (const sup of [SUP, inner]) await world.tell(`${sup}.program`, 'WORK')
  await world.tell(`${inner}.timer`, 'WAIT')
  world.node.kill(`${inner}.fragile`)
  await eventually(() => programs.length === 2 && programs.every(({ file }) => existsSync(file)))
  await world.quiet()
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'canopy-orphans-'))
  programs = []
  world = await OtpWorld.open({ more: [counter], implementations: { program } })
})

afterEach(async () => {
  await world.close()
  await rm(directory, { recursive: true, force: true })
})

const ways: readonly [name: string, autoShutdown: string, end: () => unknown][] = [
  ['terminateChild of the subtree', 'never', () => world.stopSup()],
  ['a crash of its supervisor', 'never', () => world.node.kill(SUP)],
  ['giving up', 'never', () => world.node.kill(`${SUP}.last`)],
  ['auto-shutdown', 'any_significant', () => world.tell(`${SUP}.last`, 'END')],
]

describe('nothing is left behind by', () => {
  it.each(ways)('%s', async (_, autoShutdown, end) => {
    await world.quiet()
    const before = await eventually(async () => {
      const found = await stock()
      return found.storedEffects === 0 && found
    })
    await grow(autoShutdown)
    const during = await stock()
    expect(during).toMatchObject({ actors: 7, alarms: 4, invocations: 2, storedAlarms: 4 })
    expect(during.stored).toHaveLength(8)

    await end()
    await eventually(() => programs.every(({ pid, file }) => !runs(pid) && !existsSync(file)))
    await world.gone(inner)
    // The store is told a little later that effects are done.
    await eventually(async () => JSON.stringify(await stock()) === JSON.stringify(before), {
      what: `the stock of before (${JSON.stringify(before)}), not ${JSON.stringify(await stock())},`,
    })
  })

  it('terminateChild of a child that may be started again: it begins anew', async () => {
    await grow('never')
    await world.sup.terminateChild('inner')
    await eventually(() => programs.filter(({ pid }) => runs(pid)).length === 1)
    await world.quiet()
    const { stored, storedAlarms, alarms } = await stock()
    expect(stored).toEqual(['top', SUP, `${SUP}.last`, `${SUP}.program`])
    expect([alarms, storedAlarms]).toEqual([1, 1])
    expect(await world.sup.restartChild('inner')).toMatchObject({ ok: true })
    expect((await world.which(inner)).map(([id]) => id)).toEqual(['fragile', 'program', 'timer'])
  })

  it('stopping the node: what is left is only what the next start needs', async () => {
    await grow('never')
    const { stored } = await stock()
    await world.node.stop(5_000)
    await eventually(() => programs.every(({ pid, file }) => !runs(pid) && !existsSync(file)))
    const after = await stock()
    expect(after).toMatchObject({ actors: 0, alarms: 0, invocations: 0, calls: 0, underWay: 0 })
    expect(after.stored).toEqual(stored)
    await world.boot()
    await eventually(() => programs.length === 4)
    await world.quiet()
    expect(await stock()).toMatchObject({ actors: 7, alarms: 4, invocations: 2, stored })
  })
})
