import { describe, expect, it } from 'vitest'
import { assign, createMachine, fromPromise, raise, setup } from 'xstate'
import { z } from 'zod'
import { defineActor, machineCoverage, pathsOf, sampleEvents } from '../../kernel/index.ts'

const order = defineActor({
  kind: 'order',
  machine: setup({
    types: {} as { context: { tries: number; notes: number } },
    actors: { pay: fromPromise(async () => ({ ok: true })) },
    guards: { isPaid: ({ event }) => (event as unknown as { output: { ok: boolean } }).output.ok },
  }).createMachine({
    id: 'order',
    context: { tries: 0, notes: 0 },
    initial: 'open',
    on: { NOTE: { actions: assign({ notes: ({ context }) => context.notes + 1 }) } },
    states: {
      open: { on: { PAY: 'paying' }, after: { 1000: 'lapsed' } },
      paying: {
        entry: assign({ tries: ({ context }) => context.tries + 1 }),
        invoke: {
          src: 'pay',
          id: 'pay',
          onDone: [{ guard: 'isPaid', target: 'paid' }, { target: 'open' }],
          onError: [{ guard: ({ context }) => context.tries >= 3, target: 'lapsed' }, { target: 'open' }],
        },
      },
      paid: { entry: raise({ type: 'REMIND' }, { delay: 10 }), on: { REMIND: 'over' } },
      lapsed: { type: 'final' },
      over: { type: 'final' },
      forgotten: {},
    },
  }),
  events: z.discriminatedUnion('type', [
    z.object({ type: z.literal('PAY'), amount: z.number().min(1) }),
    z.object({ type: z.enum(['NOTE', 'OTHER']), text: z.string().min(2) }),
  ]),
})
const options = {
  outputs: { pay: [{ ok: true }, { ok: false }] },
  facts: ({ tries }: { tries: number }) => Math.min(tries, 3),
}
const forgotten = { 'state order.forgotten': 'kept for orders of version 1' }

describe('machine coverage', () => {
  it('says what nothing reaches', () => {
    const { states, transitions, crashes, endless } = machineCoverage(order, options)
    expect(states).toEqual({ total: 7, covered: 6, missing: ['state order.forgotten'] })
    expect(transitions).toMatchObject({ total: 8, covered: 8, missing: [] })
    expect({ crashes, endless }).toEqual({ crashes: [], endless: 0 })
  })

  it('takes a reason, and refuses one for what is reached or is not there', () => {
    expect(machineCoverage(order, { ...options, unreachable: forgotten }).states.missing).toEqual([])
    const unreachable = { 'state order.paid': 'why', 'state order.gone': 'why' }
    expect(machineCoverage(order, { ...options, unreachable }).mistaken).toEqual(Object.keys(unreachable))
  })

  it('sees what facts of the context make reachable', () => {
    const { transitions } = machineCoverage(order, { outputs: options.outputs })
    expect(transitions.missing).toEqual([
      'transition order.paying: xstate.error.actor.pay [guard] -> order.lapsed',
    ])
  })

  it('counts a crash of what nobody handles, where it happens', () => {
    const machine = setup({ actors: { work: fromPromise(async () => 1) } }).createMachine({
      initial: 'a',
      states: { a: { invoke: { src: 'work', id: 'work', onDone: 'b' } }, b: {} },
    })
    const { crashes, endless } = machineCoverage({ kind: 'k', machine })
    expect(crashes).toEqual(['xstate.error.actor.work in "a": crashed'])
    expect(endless).toBe(1)
  })

  it('ends of children that ended do not come again', () => {
    const machine = setup({ actors: { kid: createMachine({}) } }).createMachine({
      invoke: { src: 'kid', id: 'kid' },
      context: { ends: 0 },
      on: { 'xstate.done.actor.kid': { actions: assign({ ends: ({ context }) => context.ends + 1 }) } },
    })
    const facts = ({ ends }: { ends: number }) => ends
    expect(machineCoverage({ kind: 'k', machine }, { facts, limit: 10 }).situations).toBe(3)
  })

  it('gives ways that reach all of it, shortest first', () => {
    const paths = pathsOf(order, options)
    expect(new Set(paths.flatMap(({ reaches }) => reaches)).size).toBe(6 + 8)
    const last = paths.find(({ reaches }) => reaches.includes('state order.over'))
    expect(last?.events.map(({ type }) => type)).toEqual(['PAY', 'xstate.done.actor.pay', 'REMIND'])
  })
})

describe('sample events', () => {
  it('one of each type, with the smallest values that the schema takes', () => {
    expect(sampleEvents(order.events)).toEqual([
      { type: 'PAY', amount: 1 },
      { type: 'NOTE', text: 'aa' },
      { type: 'OTHER', text: 'aa' },
    ])
  })

  it('nested, optional, defaulted and listed fields', () => {
    const schema = z.object({
      type: z.literal('X'),
      list: z.array(z.object({ a: z.boolean() })).min(2),
      pair: z.tuple([z.number(), z.string()]),
      either: z.union([z.literal(3), z.string()]),
      none: z.null(),
      maybe: z.string().optional(),
    })
    expect(sampleEvents(schema)).toEqual([
      { type: 'X', list: [{ a: false }, { a: false }], pair: [0, 'a'], either: 3, none: null },
    ])
  })

  it('leaves out what it cannot make', () => {
    expect(sampleEvents(z.object({ type: z.literal('X'), id: z.string().regex(/^q{7}$/) }))).toEqual([])
  })
})
