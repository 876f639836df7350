// Counters: fifty actors that count their ticks, with half a kilobyte of context each.

import { assign, setup, spawnChild } from 'xstate'
import { defineActor, type Event } from '../../kernel/index.ts'

export const ACTORS = 50

export const counter = setup({
  types: {} as { context: { count: number; text: string }; events: Event },
}).createMachine({
  context: { count: 0, text: 'x'.repeat(400) },
  initial: 'a',
  states: {
    a: { on: { TICK: { target: 'b', actions: assign({ count: ({ context }) => context.count + 1 }) } } },
    b: { on: { TICK: { target: 'a', actions: assign({ count: ({ context }) => context.count + 1 }) } } },
  },
})

/** So many of them below one parent, `group.c0` and on. */
export function countersOf(actors: number) {
  const group = setup({ types: {} as { events: Event }, actors: { counter } }).createMachine({
    entry: Array.from({ length: actors }, (_, n) => spawnChild('counter', { id: `c${n}` })),
  })
  return {
    definitions: [
      defineActor({ kind: 'group', machine: group, children: { counter: {} } }),
      defineActor({ kind: 'counter', machine: counter }),
    ],
    root: { kind: 'group', input: null },
  }
}

export const counters = countersOf(ACTORS)

/** The n-th tick, as mail that is recognised when it comes twice. */
export function tick(n: number) {
  const from = { address: `sender${n % ACTORS}`, birth: '0', number: Math.floor(n / ACTORS) + 1 }
  const event = { type: 'TICK', text: 'y'.repeat(100) }
  return { id: `tick/${n}`, to: `group.c${n % ACTORS}`, from, event }
}
