// Time: after with numbers, names and expressions, delayed raise and sendTo, cancel. After the cases of XState's own
// tests (after, actions, invoke, delays).

import { assign, cancel, createMachine, emit, raise, sendParent, sendTo, setup } from 'xstate'
import type { Case } from './both.ts'

const say = (what: string) => emit({ type: 'said', what })
const e = (type: string, fields: object = {}) => ({ type, ...fields })

export const time: Record<string, Case> = {
  'after: a number of milliseconds, and not a moment before': {
    chart: createMachine({
      initial: 'green',
      states: {
        green: { after: { 1000: 'yellow' } },
        yellow: { after: { 1000: [{ target: 'red' }] } },
        red: {},
      },
    }),
    steps: [999, 1, 500, 500],
  },
  'after: left in time, entered again, and from the beginning after that': {
    chart: createMachine({
      initial: 'a',
      states: {
        a: {
          on: { AWAY: 'b', AGAIN: { target: 'a', reenter: true }, STAY: { actions: say('stay') } },
          after: { 100: 'late' },
        },
        b: { on: { BACK: 'a' } },
        late: { entry: say('late') },
      },
    }),
    steps: [60, e('STAY'), e('AWAY'), 60, e('BACK'), 60, e('AGAIN'), 60, 40],
  },
  'after: several at once, the first that may': {
    chart: createMachine({
      initial: 'x',
      context: { n: 0 },
      states: {
        x: {
          on: { INC: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
          after: {
            10: { actions: say('ten') },
            20: [
              { guard: ({ context }) => context.n > 5, target: 'no' },
              { guard: ({ context }) => context.n > 0, target: 'yes' },
            ],
            30: 'late',
          },
        },
        no: {},
        yes: {},
        late: {},
      },
    }),
    steps: [10, e('INC'), 10, 10],
  },
  'after: delays by name, static and computed': {
    chart: setup({
      types: {} as { context: { ms: number }; events: { type: 'SET'; ms: number } },
      delays: {
        short: 10,
        computed: ({ context }) => context.ms,
        fromEvent: ({ event }) => (event.type === 'SET' ? event.ms : 5),
      },
    }).createMachine({
      initial: 'a',
      context: { ms: 300 },
      states: {
        a: { after: { short: 'b' } },
        b: { after: { computed: 'c' } },
        c: { on: { SET: 'd' } },
        d: { after: { fromEvent: 'e' } },
        e: {},
      },
    }),
    steps: [10, 299, 1, e('SET', { ms: 70 }), 69, 1],
  },
  'after: in parallel and nested states, each on its own': {
    chart: createMachine({
      type: 'parallel',
      states: {
        a: { initial: 'x', states: { x: { after: { 10: 'y' } }, y: { after: { 10: 'x' } } } },
        b: {
          initial: 'x',
          after: { 25: { actions: say('b') } },
          states: { x: { after: { 15: 'y' } }, y: {} },
        },
      },
    }),
    steps: [10, 5, 5, 5],
  },
  'raise with a delay: by number, name and expression, cancelled by its id': {
    chart: setup({
      types: {} as { context: { ms: number; heard: string[] }; events: { type: string } },
      delays: { soon: ({ context }) => context.ms },
    }).createMachine({
      context: { ms: 20, heard: [] },
      entry: [
        raise({ type: 'ONE' }, { delay: 10 }),
        raise({ type: 'TWO' }, { delay: 'soon' }),
        raise({ type: 'THREE' }, { delay: ({ context }) => context.ms + 10, id: 'three' }),
        raise({ type: 'FOUR' }, { delay: 40, id: 'four' }),
        raise({ type: 'ONE' }, { delay: 50 }),
      ],
      on: {
        CANCEL: { actions: cancel('three') },
        CANCEL_COMPUTED: { actions: cancel(({ context }) => (context.ms === 20 ? 'four' : 'none')) },
        '*': { actions: assign({ heard: ({ context, event }) => [...context.heard, event.type] }) },
      },
    }),
    steps: [10, 10, e('CANCEL'), 10, e('CANCEL_COMPUTED'), 10, 10],
  },
  'a delayed event of one id replaces the one before': {
    chart: createMachine({
      context: { n: 0 },
      on: {
        POKE: { actions: [cancel('d'), raise({ type: 'RING' }, { id: 'd', delay: 10 })] },
        RING: { actions: assign({ n: ({ context }) => context.n + 1 }) },
      },
    }),
    steps: [e('POKE'), 5, e('POKE'), 5, 5],
  },
  'sendTo with a delay: to oneself, to a child and to the parent, cancelled too': {
    chart: setup({
      actors: {
        kid: createMachine({
          context: { heard: [] as string[] },
          on: {
            'SAY.*': {
              actions: [
                assign({ heard: ({ context, event }) => [...context.heard, event.type] }),
                sendParent(({ event }) => ({ type: `HEARD.${event.type}` }), { delay: 5 }),
              ],
            },
          },
        }),
      },
    }).createMachine({
      context: { heard: [] as string[] },
      invoke: { src: 'kid', id: 'kid' },
      on: {
        GO: {
          actions: [
            sendTo('kid', { type: 'SAY.LATE' }, { delay: 20, id: 'late' }),
            sendTo('kid', { type: 'SAY.NEVER' }, { delay: 20, id: 'never' }),
            sendTo('kid', { type: 'SAY.NOW' }),
            sendTo(({ self }) => self, { type: 'ME' }, { delay: 10 }),
          ],
        },
        STOP: { actions: cancel('never') },
        '*': { actions: assign({ heard: ({ context, event }) => [...context.heard, event.type] }) },
      },
    }),
    steps: [e('GO'), 5, e('STOP'), 5, 10, 5],
  },
  'what ends forgets its timers': {
    chart: createMachine({
      initial: 'a',
      entry: raise({ type: 'LATE' }, { delay: 10 }),
      states: { a: { on: { END: 'z' } }, z: { type: 'final' } },
      on: { LATE: { actions: say('late') } },
    }),
    steps: [e('END'), 20],
  },
}
