// The excerpts of docs/library.md and docs/supervision.md that are not in examples/orders.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { assign, fromPromise, setup } from 'xstate'
import { z } from 'zod'
import {
  controlHandlers,
  MailInFlight,
  RetryableError,
  ref,
  SimulatedClock,
  startNode,
  systemClock,
} from '../../actors/index.ts'
import { defineActor, defineSupervisor, type Fact } from '../../kernel/index.ts'
import { Backups, openMemoryStore, openStore, restoreStore } from '../../persistence/index.ts'
import { openMemoryControl, openMemoryMail } from '../../transport/index.ts'
import { eventually } from '../eventually.ts'

const counterEvents = z.object({ type: z.literal('ADD'), amount: z.number() })
const counterMachine = (name: 'n' | 'total') =>
  setup({
    types: {} as { context: Record<string, number>; events: z.infer<typeof counterEvents> },
  }).createMachine({
    id: 'counter',
    context: { [name]: 0 },
    on: {
      ADD: {
        actions: assign(({ context, event }) => ({ [name]: Number(context[name]) + event.amount })),
      },
    },
  })

it('migrates a stored actor to the next version', async () => {
  const [store, mail] = [await openMemoryStore(), openMemoryMail({ mailboxLimit: 100 })]
  const first = defineActor({ kind: 'counter', events: counterEvents, machine: counterMachine('n') })
  const before = await startNode({ root: first, store, mail })
  await before.tell(ref(first, 'counter'), { type: 'ADD', amount: 5 })
  await eventually(async () => (await store.read('counter'))?.record.snapshot.context.n === 5)
  await before.stop()

  const counter = defineActor({
    kind: 'counter',
    version: 2,
    events: counterEvents,
    machine: counterMachine('total'),
    migrate: (snapshot, fromVersion) => ({
      ...snapshot,
      context: fromVersion === 1 ? { total: snapshot.context.n } : snapshot.context,
    }),
  })
  const after = await startNode({ root: counter, store, mail })
  expect(after.view.record('counter')?.snapshot.context).toEqual({ total: 5 })
  await after.stop()
})

it('runs an invocation again after a retryable error, and fails it at its deadline', async () => {
  const clock = new SimulatedClock()
  let attempts = 0
  const caller = defineActor({
    kind: 'caller',
    deadlines: { call: 60_000, wait: 'infinity' },
    machine: setup({
      actors: {
        call: fromPromise<string>(async () => ''),
        wait: fromPromise<string>(async () => ''),
      },
    }).createMachine({
      initial: 'calling',
      states: {
        calling: { invoke: { src: 'call', onDone: 'waiting', onError: 'failed' } },
        waiting: { invoke: { src: 'wait', onDone: 'failed' } },
        failed: { type: 'final' },
      },
    }),
  })
  const facts: Fact[] = []
  const node = await startNode({
    root: caller,
    implementations: {
      call: async () => {
        attempts += 1
        if (attempts === 1) throw new RetryableError('the server is busy')
        return 'done'
      },
      wait: ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    },
    store: await openMemoryStore(),
    mail: openMemoryMail({ mailboxLimit: 100 }),
    clock,
    tell: (fact) => facts.push(fact),
  })
  await eventually(() => {
    clock.advance(100)
    return node.view.record('caller')?.snapshot.value === 'waiting'
  })
  expect(attempts).toBe(2)
  expect(facts.map(({ type }) => type)).toContain('effect.finished')
  await node.stop()
})

it('answers requests over control, and backs a store up and restores it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'canopy-library-'))
  const directory = join(folder, 'store')
  const counter = defineActor({ kind: 'counter', events: counterEvents, machine: counterMachine('n') })
  const store = await openStore({ directory })
  const mail = await MailInFlight.open({ mail: openMemoryMail({ mailboxLimit: 100 }), store })
  const node = await startNode({ root: counter, store, mail })
  const control = openMemoryControl()

  await control.serve(controlHandlers(node.view, mail, () => ({ actors: node.actors.length })))
  const order = { to: 'counter', event: { type: 'ADD', amount: 5 }, wait: true }
  expect(await control.request('send', order, 5_000)).toMatchObject({ ok: true })

  const folders = { directory, backups: join(folder, 'backups') }
  const backups = new Backups({
    store,
    backups: folders.backups,
    everyMs: 300_000,
    keep: 12,
    clock: systemClock,
    facts: () => mail.facts(),
  })
  const { id } = await backups.take()
  await backups.close()
  await node.stop()
  await store.close()

  const restored = await restoreStore(folders)
  expect(restored.manifest.id).toBe(id)
  await rm(folder, { recursive: true, force: true })
})

it('starts, stops and kills the children of a supervisor', async () => {
  const ledger = defineActor({ kind: 'ledger', events: counterEvents, machine: counterMachine('n') })
  const pool = defineSupervisor({
    kind: 'pool',
    init: {
      strategy: 'one_for_one',
      intensity: 3,
      period: 5,
      children: [{ id: 'ledger', src: 'ledger', restart: 'transient' }],
    },
  })
  const [store, mail] = [await openMemoryStore(), openMemoryMail({ mailboxLimit: 100 })]
  const node = await startNode({ root: pool, actors: [ledger], store, mail })
  const supervisor = node.supervisor('pool')

  await supervisor.startChild({ id: 'audit', src: 'ledger', backoff: { firstMs: 200, maxMs: 30_000 } })
  await supervisor.terminateChild('ledger')
  expect(await supervisor.countChildren()).toMatchObject({ ok: true, value: { active: 1, specs: 2 } })
  expect(node.kill('pool.audit')).toBe(true)
  await node.stop()
})
