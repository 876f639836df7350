// The tests of docs/testing-machines.md: the charts of examples/orders by paths, by properties, with the simulated
// clock, and stopped between every two messages.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { transition } from 'xstate'
import { ref, SimulatedClock, startNode } from '../../actors/index.ts'
import { order, type ShopInput, STOCK, shop, stock } from '../../examples/orders/actors.ts'
import { machineCoverage, pathsOf } from '../../kernel/index.ts'
import { openMemoryStore } from '../../persistence/index.ts'
import { openMemoryMail } from '../../transport/index.ts'
import { eventually } from '../eventually.ts'

const walk = {
  inputs: [{ order: '1', quantity: 2 }],
  outputs: { charge: [{ receipt: 'R-1' }] },
}

async function openShop(input: ShopInput) {
  const clock = new SimulatedClock()
  const store = await openMemoryStore()
  const mail = openMemoryMail({ mailboxLimit: 100 })
  const paid = new Set<string>()
  const start = () =>
    startNode({
      root: shop,
      input,
      actors: [order, stock],
      implementations: {
        charge: async ({ input, key }) => {
          paid.add(key)
          return { receipt: `R-${input.order}` }
        },
      },
      store,
      mail,
      clock,
    })
  const stateOf = async (address: string) => (await store.read(address))?.record.snapshot.value
  return { clock, store, start, stateOf, paid }
}

describe('the order', () => {
  it('is reached in every state and transition by mail, timers, results and crashes', () => {
    const { states, transitions, crashes, endless } = machineCoverage(order, walk)
    expect([...states.missing, ...transitions.missing]).toEqual([])
    expect(crashes).toEqual([])
    expect(endless).toBe(0)
  })

  it('never ships without a receipt, on any path', () => {
    const paths = pathsOf(order, walk)
    expect(paths.length).toBeGreaterThan(3)
    for (const { events, snapshot } of paths) {
      const { receipt } = snapshot.context as { receipt: string }
      const told = events.map(({ type }) => type).join(' -> ')
      expect(snapshot.matches('shipped') && receipt === '', told).toBe(false)
    }
  })
})

describe('the stock', () => {
  it('never loses a piece, whatever is reserved and released', () => {
    const orderNumber = fc.constantFrom('1', '2', '3')
    const event = fc.oneof(
      fc.record({
        type: fc.constant('RESERVE' as const),
        order: orderNumber,
        quantity: fc.integer({ min: 1, max: 5 }),
        from: fc.constant('shop.order:1'),
      }),
      fc.record({ type: fc.constant('RELEASE' as const), order: orderNumber }),
    )
    fc.assert(
      fc.property(fc.array(event), (events) => {
        let snapshot = stock.machine.resolveState({ value: {}, context: { left: 7, reserved: {} } })
        for (const each of events) [snapshot] = transition(stock.machine, snapshot, each)
        const { left, reserved } = snapshot.context as { left: number; reserved: Record<string, number> }
        expect(left).toBeGreaterThanOrEqual(0)
        expect(Object.values(reserved).reduce((sum, quantity) => sum + quantity, left)).toBe(7)
      }),
    )
  })
})

describe('the shop', () => {
  it('ships an order 150 ms of simulated time after its payment', async () => {
    const { clock, start, stateOf } = await openShop({ orders: 1, left: 7 })
    const node = await start()
    await node.tell(node.root, { type: 'PLACE', order: '1', quantity: 2 })
    await eventually(async () => (await stateOf('shop.order:1')) === 'packing')
    clock.advance(149)
    expect(await stateOf('shop.order:1')).toBe('packing')
    clock.advance(1)
    expect(await node.ending).toMatchObject({ kind: 'ended', exit: { output: { shipped: { 1: 'R-1' } } } })
  })

  it('goes on from its store after a stop, and takes no second payment', async () => {
    const { clock, start, stateOf, paid } = await openShop({ orders: 1, left: 7 })
    const first = await start()
    await first.tell(first.root, { type: 'PLACE', order: '1', quantity: 2 })
    await eventually(async () => (await stateOf('shop.order:1')) === 'packing')
    await first.stop()

    clock.jump(60_000)
    const second = await start()
    clock.advance(0)
    expect(await second.ending).toMatchObject({ kind: 'ended', exit: { output: { shipped: { 1: 'R-1' } } } })
    expect(paid.size).toBe(1)
  })

  it('answers how many pieces the stock has', async () => {
    const { start } = await openShop({ orders: 1, left: 7 })
    const node = await start()
    const counted = await node.ask(ref(stock, STOCK), { type: 'COUNT' }, { deadlineMs: 1_000 })
    expect(counted).toEqual({ kind: 'answered', answer: { type: 'COUNTED', left: 7, reserved: 0 } })
    await node.stop()
  })
})
