// The promises of the durable loop, P1 to P6, each shown by pulling the cord at every write of a scripted run.
import { beforeAll, describe, expect, it } from 'vitest'
import type { Node } from '../../actors/index.ts'
import { advance, newRecord, type Outcome } from '../../kernel/index.ts'
import { eventually } from '../eventually.ts'
import { Cord } from './cord.ts'
import { definitions, PAYMENTS } from './shop.ts'
import { World } from './world.ts'

interface End {
  readonly output: unknown
  readonly ledger: unknown
  readonly journal: readonly string[]
  readonly paid: readonly string[]
}

async function finish(node: Node): Promise<unknown> {
  const ending = await node.ending
  if (ending.kind !== 'ended') throw new Error(`the tree did not end by itself: ${JSON.stringify(ending)}`)
  return ending.exit
}

async function endOf(world: World, node: Node): Promise<End> {
  const output = await finish(node)
  const stored = await world.store.read('shop.ledger')
  const journal: string[] = []
  for await (const entry of world.store.journal('shop.ledger'))
    journal.push(JSON.stringify(entry.message.kind))
  const paid = world.till.map((entry) => entry.key).toSorted()
  return { output, ledger: plain(stored?.record.snapshot), journal: journal.toSorted(), paid }
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

describe('the durable loop', () => {
  let undisturbed: End
  let operations = 0

  beforeAll(async () => {
    const world = await World.open()
    const cord = new Cord()
    undisturbed = await endOf(world, await world.boot(cord))
    operations = cord.operations
  })

  it('runs the tree to its end', () => {
    expect(undisturbed.output).toMatchObject({ reason: 'normal', output: { sum: 6, seen: PAYMENTS } })
    expect(undisturbed.paid).toHaveLength(PAYMENTS)
    expect(operations).toBeGreaterThan(100)
  })

  it('P1 to P5: killed before any write, it ends as if undisturbed', async () => {
    for (let limit = 0; limit <= operations + 10; limit += 1) {
      const world = await World.open()
      const cord = new Cord(limit)
      const first = await Promise.race([
        world.boot(cord).then((node) => node.ending),
        eventually(() => cord.pulled, { what: `operation ${limit}` }),
      ])
      if (first !== true) continue
      world.mail.reconnect()
      const end = await endOf(world, await world.boot())
      expect(end, `killed at operation ${limit}`).toEqual(undisturbed)
    }
  })

  it('P1 to P5: killed again and again, it ends as if undisturbed', async () => {
    for (const stride of [7, 19, 40]) {
      const world = await World.open()
      for (let kills = 0; kills < 200; kills += 1) {
        const cord = new Cord(stride + (kills % 5))
        const over = await Promise.race([
          world.boot(cord).then((node) => node.ending),
          eventually(() => cord.pulled, { what: 'the cord being pulled' }),
        ])
        if (over !== true) break
        world.mail.reconnect()
      }
      expect(await endOf(world, await world.boot()), `stride ${stride}`).toEqual(undisturbed)
    }
  })

  it('P3: a paid result is kept and used again, under the same key', async () => {
    const world = await World.open()
    await finish(await world.boot())
    const kept: Record<string, Outcome | undefined> = {}
    for await (const key of world.store.effectResultKeys()) kept[key] = await world.store.effectResult(key)
    expect(Object.keys(kept).toSorted()).toEqual(undisturbed.paid)
  })

  it('P6: folding the journal gives the stored snapshot, byte for byte', async () => {
    const world = await World.open()
    await finish(await world.boot())
    let compared = 0
    for await (const { record } of world.store.actors()) {
      const definition = definitions.find((each) => each.kind === record.kind)
      if (!definition) throw new Error(record.kind)
      const { address, kind, version, parent, id, birth, incarnation } = record
      let folded = newRecord({ address, kind, version, parent, id, birth, incarnation })
      for await (const entry of world.store.journal(address)) {
        folded = advance(definition, folded, entry)?.record ?? folded
      }
      expect(JSON.stringify(plain(folded))).toBe(JSON.stringify(plain(record)))
      compared += 1
    }
    expect(compared).toBe(4)
  })
})
