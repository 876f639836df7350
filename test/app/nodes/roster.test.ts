// The roster: the pool is told who is there when that changes, and nobody is taken for gone who only cannot be seen.

import { expect, it } from 'vitest'
import { type Presence, presenceHere } from '../../../app/nodes/presence.ts'
import { openRoster, type Roster } from '../../../app/nodes/roster.ts'
import { memorySlots, openMemoryLeases } from '../../../transport/index.ts'
import { eventually } from '../../eventually.ts'

const presence = (build = 'this'): (() => Presence) => {
  const value = presenceHere({ workers: 2, busy: 0, since: 0, build })
  return () => value
}

function stage() {
  const slots = memorySlots()
  const leases = openMemoryLeases(slots)
  const told: string[][] = []
  const retired: string[] = []
  const troubles: string[] = []
  const state = { full: false, blind: false }
  const roster: Roster = openRoster({
    leases: {
      ...leases,
      acquire: leases.acquire.bind(leases),
      destroy: leases.destroy.bind(leases),
      close: leases.close.bind(leases),
      list: async () => {
        if (state.blind) throw new Error('no way')
        return leases.list()
      },
    },
    mail: {
      async publish({ event, to, from }) {
        expect([to, from]).toEqual(['system.pool', null])
        if (state.full) return 'refused'
        told.push((event.nodes as { node: string }[]).map(({ node }) => node))
        return 'accepted'
      },
    },
    pool: 'system.pool',
    build: 'this',
    retire: async (unit) => void retired.push(unit),
    trouble: (sentence) => void troubles.push(sentence),
  })
  return { leases, roster, told, retired, troubles, state }
}

it('tells the pool of who came and who left, once, and takes away what is left of these', async () => {
  const { leases, roster, told, retired } = stage()
  await roster.look()
  expect(told).toEqual([[]])
  const answer = await leases.acquire('box', presence())
  if (answer.kind === 'taken') throw new Error('taken')
  await roster.look()
  expect(await roster.look()).toMatchObject([{ name: 'box', workers: 2 }])
  const node = `node-box-${answer.lease.epoch}`
  expect(told).toEqual([[], [node]])
  await answer.lease.release()
  // Nobody need ask: it looks by itself.
  await eventually(() => told.length === 3)
  expect(told.at(-1)).toEqual([])
  await eventually(() => retired.length === 1)
  expect(retired).toEqual([node])
  roster.close()
})

it('leaves out whoever is of another version, or says nothing of itself', async () => {
  const { leases, roster, told } = stage()
  await leases.acquire('box', presence('another'))
  await leases.acquire('mute', () => null)
  expect(await roster.look()).toEqual([])
  expect(told).toEqual([[]])
  roster.close()
  await leases.close()
})

it('takes nobody for gone while it cannot see', async () => {
  const { leases, roster, told, troubles, state } = stage()
  await leases.acquire('box', presence())
  await roster.look()
  const before = told.length
  state.blind = true
  await expect(roster.look()).rejects.toThrow('no way')
  await eventually(() => troubles.length > 0)
  expect(told).toHaveLength(before)
  roster.close()
  await leases.close()
})

it('says again what a full mailbox did not take', async () => {
  const { leases, roster, told, state } = stage()
  await roster.look()
  state.full = true
  await leases.acquire('box', presence())
  await roster.look()
  expect(told).toEqual([[]])
  state.full = false
  await eventually(() => told.length === 2)
  roster.close()
  await leases.close()
})
