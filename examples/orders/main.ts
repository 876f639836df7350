// A shop of durable actors: npm run example
// Kill it at any moment (kill -9), and the same command goes on where it was: every order is shipped, each paid once.

import { mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type RunningNode, ref, startNode } from '../../actors/index.ts'
import type { TypesIn } from '../../kernel/index.ts'
import { openStore } from '../../persistence/index.ts'
import { findNatsServer } from '../../programs/index.ts'
import { connectNats, openMail, startNatsServer } from '../../transport/index.ts'
import { order, STOCK, shop, stock } from './actors.ts'
import { Bank } from './payments.ts'

const { values } = parseArgs({
  options: {
    dir: { type: 'string', default: join(tmpdir(), 'canopy-orders') },
    orders: { type: 'string', default: '20' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  process.stdout.write(
    'npm run example -- [--orders N] [--dir DIR]\n\nA shop of durable actors. Kill it, run it again: it goes on.\n',
  )
  process.exit(0)
}
const orders = Number(values.orders)
const directory = values.dir
const LEFT = 55

const bank = new Bank(directory)
await mkdir(directory, { recursive: true })
const exitCode = await run()
if (exitCode === 0) await rm(directory, { recursive: true, force: true })
process.exitCode = exitCode

async function run(): Promise<number> {
  await using opened = new AsyncDisposableStack()
  const store = opened.adopt(await openStore({ directory: join(directory, 'store') }), (each) => each.close())
  const found = await findNatsServer({ onProgress: say })
  if (found.kind === 'missing') {
    say(`${found.reason}\nInstall it: ${found.command}`)
    return 2
  }
  const server = opened.adopt(await startNatsServer({ binary: found.path, directory }), (each) => each.stop())
  const connection = opened.adopt(
    await connectNats({ url: server.url, credentials: server.credentials.main, name: 'orders' }),
    (each) => each.close(),
  )
  const mail = opened.adopt(
    await openMail({ connection, system: 'orders', unit: 'shop', mailboxLimit: 1_000 }),
    (each) => each.close(),
  )
  const node = await startNode({
    root: shop,
    input: { orders, left: LEFT },
    actors: [order, stock],
    implementations: {
      charge: ({ input, key, attempt, signal }) => bank.charge(input, key, attempt, signal),
    },
    store,
    mail,
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void node.stop())
  const telling = tellProgress(node)
  await placeAll(node)
  const ending = await node.ending
  await telling
  return ending.kind === 'ended' ? await summary(ending.exit.output) : 1
}

type Shop = RunningNode<TypesIn<typeof shop>['mail']>

async function placeAll(node: Shop): Promise<void> {
  for (let number = 1; number <= orders; number += 1) {
    const quantity = 1 + (number % 4)
    const told = await node.tell(node.root, { type: 'PLACE', order: String(number), quantity })
    // Whoever comes back to a shop that has all its orders finds it closed.
    if (told.kind === 'refused' && told.code !== 'unknown_actor') say(`order ${number}: ${told.message}`)
    await new Promise((resolve) => setTimeout(resolve, 40))
  }
  const counted = await node.ask(ref(stock, STOCK), { type: 'COUNT' }, { deadlineMs: 1_000 })
  if (counted.kind === 'answered') say(`stock: ${counted.answer.left} left of ${LEFT}`)
}

async function tellProgress(node: Shop): Promise<void> {
  for await (const item of node.watch(node.root)) {
    if (item.kind === 'emitted') say(`${item.event.type} ${item.event.order}`)
  }
}

async function summary(output: unknown): Promise<number> {
  const { shipped, refused } = output as Record<'shipped' | 'refused', Record<string, string>>
  const payments = await bank.payments()
  const paidTwice = payments.length - new Set(payments.map((payment) => payment.order)).size
  const counts = { shipped: Object.keys(shipped).length, refused: Object.keys(refused).length }
  process.stdout.write(`${JSON.stringify({ ...counts, payments: payments.length, paidTwice })}\n`)
  return paidTwice === 0 ? 0 : 1
}

function say(sentence: string): void {
  process.stdout.write(`${sentence}\n`)
}
