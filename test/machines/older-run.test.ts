// A run that an earlier version began, without a budget, goes on with one.

import { expect, it } from 'vitest'
import { fromPromise, setup } from 'xstate'
import { Node } from '../../actors/index.ts'
import { defineActor, type Fact } from '../../kernel/index.ts'
import { budgetActor, policySchema, systemActor } from '../../machines/index.ts'
import { openMemoryStore } from '../../persistence/index.ts'
import { openMemoryMail } from '../../transport/index.ts'
import { eventually } from '../eventually.ts'
import { milestone } from './samples.ts'

const lasting = (kind: string) =>
  defineActor({ kind, machine: setup({}).createMachine({ id: kind, initial: 'open', states: { open: {} } }) })
const others = [lasting('pool'), lasting('supervisor')]

const child = fromPromise<null>(async () => null)
const before = defineActor({
  kind: 'system',
  machine: setup({ actors: { pool: child, supervisor: child } }).createMachine({
    id: 'system',
    context: ({ input }) => ({ run: input, report: null }),
    initial: 'active',
    states: {
      active: {
        invoke: [
          { src: 'pool', id: 'pool', onDone: 'ended' },
          { src: 'supervisor', id: 'supervisor', onDone: 'ended' },
        ],
      },
      ended: { type: 'final' },
    },
  }),
  children: { pool: {}, supervisor: {} },
  strategy: { kind: 'rest_for_one', intensity: 3, period: 60 },
})

it('a run of before there were budgets gets one when it goes on; who is at work there is left alone', async () => {
  const [store, mail, facts] = [await openMemoryStore(), openMemoryMail({ mailboxLimit: 10 }), [] as Fact[]]
  const input = {
    address: 'system',
    repository: '/r',
    roadmap: [milestone('m1', 90)],
    workers: 1,
    policy: policySchema.parse({}),
  }
  const boot = (system: Parameters<typeof Node.start>[0]['definitions'][number]) => {
    const definitions = [system, ...others, defineActor(budgetActor)]
    const tell = (fact: Fact) => facts.push(fact)
    return Node.start({
      definitions,
      root: { kind: 'system', input },
      implementations: {},
      store,
      mail,
      tell,
    })
  }
  const addresses = (node: Node) => node.actors.map(({ address }) => address).toSorted()
  const old = await boot(before)
  await eventually(() => addresses(old).length === 3)
  await old.stop(0)
  mail.reconnect()

  const node = await boot(defineActor(systemActor))
  const all = ['system', 'system.budget', 'system.pool', 'system.supervisor']
  await eventually(() => addresses(node).length === 4, { what: 'the budget beside the others' })
  expect(addresses(node)).toEqual(all)
  expect(facts.filter(({ type }) => type === 'actor.restarted')).toEqual([])
  await node.stop(0)
  mail.reconnect()

  const again = await boot(defineActor(systemActor))
  await eventually(() => addresses(again).length === 4, { what: 'all of them again' })
  const began = facts.filter((fact) => fact.type === 'actor.started' && fact.address === 'system.budget')
  expect(began).toHaveLength(1)
  expect((await store.read('system.budget'))?.record.snapshot.value).toEqual({
    grants: 'granting',
    clock: 'unread',
  })
  await again.stop(0)
})
