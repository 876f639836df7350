// The example as a reader runs it: with a real nats-server and LevelDB, killed with SIGKILL and started again.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bank } from '../../examples/orders/payments.ts'
import { eventually } from '../eventually.ts'

const ORDERS = 12
let folder: string
const running = new Set<ChildProcess>()

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'canopy-example-'))
})

afterEach(async () => {
  for (const child of running) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

interface Shop {
  readonly child: ChildProcess
  readonly lines: string[]
}

function open(directory: string): Shop {
  const args = ['examples/orders/main.ts', '--orders', String(ORDERS), '--dir', directory]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  const lines: string[] = []
  child.stdout
    ?.setEncoding('utf8')
    .on('data', (text: string) => lines.push(...text.split('\n').filter(Boolean)))
  return { child, lines }
}

async function ended({ child }: Shop): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode
}

const shippedIn = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith('shipped'))

describe('the example of a shop', () => {
  it('is killed three times, goes on, ships every order, pays each once and leaves nothing behind', async () => {
    const directory = join(folder, 'shop')
    const bank = new Bank(directory)
    // In the middle of a payment, of packing, and of placing the orders.
    for (const paid of [1, 4, 8]) {
      const shop = open(directory)
      await eventually(async () => (await bank.payments()).length >= paid, {
        within: 20_000,
        what: `${paid} paid`,
      })
      shop.child.kill('SIGKILL')
      await ended(shop)
    }
    const payments = await bank.payments()
    expect(new Set(payments.map(({ order }) => order)).size).toBe(payments.length)
    expect(payments.length).toBeLessThan(ORDERS)

    const last = open(directory)
    expect(await ended(last)).toBe(0)
    expect(JSON.parse(last.lines.at(-1) ?? '')).toEqual({
      shipped: ORDERS,
      refused: 0,
      payments: ORDERS,
      paidTwice: 0,
    })
    expect(shippedIn(last.lines).length).toBeGreaterThan(0)
    expect(existsSync(directory)).toBe(false)
  })
})
