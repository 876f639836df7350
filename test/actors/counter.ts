// An actor that counts, waits and works: for tests of what is kept and what is left behind.
import { assign, emit, fromPromise, setup } from 'xstate'
import { defineActor, type Event } from '../../kernel/index.ts'

const machine = setup({
  types: {} as { context: { count: number }; events: Event; emitted: Event },
  actors: { program: fromPromise<null>(async () => null) },
  guards: {
    boom: () => {
      throw new Error('boom')
    },
  },
}).createMachine({
  context: { count: 0 },
  initial: 'idle',
  on: {
    COUNT: { actions: assign({ count: ({ context }) => context.count + 1 }) },
    SAY: { actions: emit(({ context }) => ({ type: 'said', count: context.count })) },
    CRASH: { guard: 'boom' },
    END: '.over',
  },
  states: {
    idle: { on: { WAIT: 'waiting', WORK: 'working' } },
    waiting: { after: { 60000: 'idle' } },
    working: { invoke: { src: 'program', id: 'program' } },
    over: { type: 'final' },
  },
})

export const counter = defineActor({ kind: 'counter', machine })
