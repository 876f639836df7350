// Family: promises and machines that are invoked or spawned, mail between parent and child, and their ends. After the
// cases of XState's own tests (invoke, spawnChild, final, actions, input, errors, predictableExec, rehydration).

import {
  assign,
  createMachine,
  emit,
  enqueueActions,
  forwardTo,
  fromPromise,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from 'xstate'
import type { Case } from './both.ts'

const say = (what: string) => emit({ type: 'said', what })
const e = (type: string, fields: object = {}) => ({ type, ...fields })

/** Keeps the types of all events it hears. */
const hearing: object = {
  context: { heard: [] as string[] },
  on: {
    '*': {
      actions: assign({
        heard: ({ context, event }: { context: { heard: string[] }; event: { type: string } }) => [
          ...context.heard,
          event.type,
        ],
      }),
    },
  },
}
const later = <T>(value: T) => fromPromise(async () => value)
const never = fromPromise(
  ({ signal }) =>
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
)
const broken = fromPromise(async () => {
  throw new Error('broken')
})
const listener = createMachine(hearing)
const pingPong = createMachine({
  context: { pings: 0 },
  initial: 'ready',
  states: {
    ready: {
      on: {
        PING: {
          actions: [
            assign({ pings: ({ context }) => context.pings + 1 }),
            sendParent(({ context }) => ({ type: 'PONG', n: context.pings })),
          ],
        },
        END: 'over',
      },
    },
    over: { type: 'final' },
  },
  output: ({ context }) => context.pings,
})

export const family: Record<string, Case> = {
  'a promise that resolves, with input from context and event': {
    chart: setup({
      types: {} as { context: { base: number; result?: unknown }; events: { type: 'GO'; by: number } },
      actors: {
        sum: fromPromise(async ({ input }: { input: { a: number; b: number } }) => ({
          sum: input.a + input.b,
        })),
      },
    }).createMachine({
      context: { base: 2 },
      initial: 'idle',
      states: {
        idle: { on: { GO: 'busy' } },
        busy: {
          tags: 'busy',
          invoke: {
            src: 'sum',
            input: ({ context, event }) => ({ a: context.base, b: event.by }),
            onDone: { target: 'done', actions: assign({ result: ({ event }) => event.output }) },
          },
        },
        done: { type: 'final' },
      },
      output: ({ context }) => context.result,
    }),
    steps: [e('GO', { by: 3 })],
  },
  'a promise that rejects, with onError': {
    chart: setup({ actors: { broken } }).createMachine({
      context: { error: '' },
      initial: 'a',
      states: {
        a: {
          invoke: {
            src: 'broken',
            id: 'b',
            onError: {
              target: 'failed',
              actions: assign({ error: ({ event }) => (event.error as Error).message }),
            },
          },
        },
        failed: {},
      },
    }),
    steps: [e('ANY')],
  },
  'a promise that is left before it resolves, and one that never does': {
    chart: setup({ actors: { never } }).createMachine({
      initial: 'a',
      states: {
        a: {
          invoke: { src: 'never', onDone: 'wrong' },
          on: { AWAY: 'b', AGAIN: { target: 'a', reenter: true } },
          after: { 50: 'b' },
        },
        b: { on: { BACK: 'a' } },
        wrong: {},
      },
    }),
    steps: [e('AWAY'), e('BACK'), 30, e('AGAIN'), 30, 20],
  },
  'several promises at once, each its own end': {
    chart: setup({ actors: { one: later(1), two: later(2), broken } }).createMachine({
      type: 'parallel',
      context: { sum: 0, errors: 0 },
      invoke: {
        src: 'one',
        onDone: { actions: assign({ sum: ({ context, event }) => context.sum + event.output }) },
      },
      states: {
        a: {
          invoke: [
            { src: 'two', id: 'x', onDone: { actions: assign({ sum: ({ context }) => context.sum + 10 }) } },
            { src: 'two', id: 'y', onDone: { actions: assign({ sum: ({ context }) => context.sum + 100 }) } },
          ],
        },
        b: {
          invoke: {
            src: 'broken',
            onError: { actions: assign({ errors: ({ context }) => context.errors + 1 }) },
          },
        },
      },
    }),
    steps: [e('ANY')],
  },
  'one after the other, in one chain': {
    chart: setup({ actors: { one: later(1) } }).createMachine({
      initial: 'a',
      states: {
        a: { invoke: { src: 'one', onDone: 'b' } },
        b: { invoke: { src: 'one', onDone: 'c' } },
        c: { invoke: { src: 'one', onDone: { target: 'd', guard: ({ event }) => event.output === 1 } } },
        d: { type: 'final' },
      },
      output: 'through',
    }),
    steps: [e('ANY')],
  },
  'promises that are spawned, with ids, dynamic ids and without': {
    chart: setup({
      actors: { echo: fromPromise(async ({ input }: { input: unknown }) => input) },
    }).createMachine({
      context: { got: [] as unknown[] },
      on: {
        GO: {
          actions: [
            spawnChild('echo', { id: 'fixed', input: 1 }),
            spawnChild('echo', { input: 2 }),
            spawnChild('echo', {
              id: ({ event }) => `dyn.${(event as unknown as { n: number }).n}`,
              input: ({ event }: { event: { type: string } }) => event.type,
            }),
          ],
        },
        'xstate.done.actor.fixed': { actions: assign({ got: ({ context }) => [...context.got, 'fixed'] }) },
        'xstate.done.actor.dyn.7': {
          actions: assign({
            got: ({ context, event }) => [...context.got, (event as unknown as { output: unknown }).output],
          }),
        },
      },
    }),
    steps: [e('GO', { n: 7 })],
  },
  'a machine that is spawned without an id, and ends': {
    chart: setup({
      actors: {
        kid: createMachine({
          initial: 'a',
          entry: sendParent({ type: 'BORN' }),
          states: { a: { after: { 10: 'z' } }, z: { type: 'final' } },
        }),
      },
    }).createMachine({
      context: { born: 0, ended: 0 },
      on: {
        MORE: { actions: spawnChild('kid') },
        BORN: { actions: assign({ born: ({ context }) => context.born + 1 }) },
        'xstate.done.actor.*': { actions: assign({ ended: ({ context }) => context.ended + 1 }) },
      },
    }),
    steps: [e('MORE'), 5, 5],
  },
  'a machine that is invoked: mail both ways, restarted in between, until its state is left': {
    chart: setup({ actors: { pingPong } }).createMachine({
      ...hearing,
      initial: 'playing',
      states: {
        playing: {
          invoke: { src: 'pingPong', id: 'game' },
          on: { SERVE: { actions: sendTo('game', { type: 'PING' }) }, STOP: 'over' },
        },
        over: {},
      },
    }),
    steps: [e('SERVE'), e('SERVE'), e('STOP'), e('SERVE')],
  },
  'a machine that is invoked without an id, and ends: onDone with its output': {
    chart: setup({ actors: { pingPong } }).createMachine({
      context: { output: null as unknown },
      id: 'm',
      initial: 'a',
      states: {
        a: {
          invoke: {
            src: 'pingPong',
            onDone: {
              target: 'b',
              actions: assign({ output: ({ event }) => [event.type, event.actorId, event.output] }),
            },
          },
          on: {
            'P*': {},
            SEND: { actions: sendTo('0.m.a', { type: 'PING' }) },
            FINISH: { actions: sendTo('0.m.a', { type: 'END' }) },
          },
        },
        b: {},
      },
    }),
    steps: [e('SEND'), e('FINISH')],
  },
  'the last words of a child come before its end': {
    chart: setup({
      actors: {
        kid: createMachine({
          initial: 'a',
          exit: sendParent({ type: 'BYE' }),
          states: {
            a: { on: { END: 'z' } },
            z: { type: 'final', entry: [sendParent({ type: 'ONE' }), sendParent({ type: 'TWO' })] },
          },
        }),
      },
    }).createMachine({
      ...hearing,
      initial: 'a',
      states: {
        a: { invoke: { src: 'kid', id: 'kid', onDone: 'z' }, on: { END: { actions: forwardTo('kid') } } },
        z: {
          entry: assign({
            heard: ({ context }: { context: { heard?: string[] } }) => [...(context.heard ?? []), 'DONE'],
          }),
          on: { ONE: 'late', TWO: 'late', BYE: 'late' },
        },
        late: {},
      },
    }),
    steps: [e('END')],
  },
  'a child that answers at once, in its initial state and from its entry': {
    chart: setup({
      actors: {
        kid: createMachine({
          entry: [sendParent({ type: 'INC' }), sendParent({ type: 'INC' })],
          on: { MORE: { actions: [sendParent({ type: 'INC' }), sendParent({ type: 'LAST' })] } },
        }),
      },
    }).createMachine({
      context: { n: 0 },
      initial: 'a',
      on: { INC: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
      states: {
        a: { entry: sendTo('kid', { type: 'MORE' }), invoke: { src: 'kid', id: 'kid' }, on: { LAST: 'b' } },
        b: {},
      },
    }),
    steps: [e('ANY')],
  },
  'a child machine gets its input, static and dynamic, and gives its output': {
    chart: setup({
      types: {} as { context: { user: string; got: unknown } },
      actors: {
        greet: createMachine({
          types: {} as { input: { name: string }; context: { name: string } },
          context: ({ input }) => ({ name: input.name }),
          initial: 'z',
          states: { z: { type: 'final' } },
          output: ({ context }) => `hi ${context.name}`,
        }),
      },
    }).createMachine({
      context: { user: 'ada', got: null },
      initial: 'a',
      states: {
        a: {
          invoke: {
            src: 'greet',
            input: { name: 'bob' },
            onDone: { target: 'b', actions: assign({ got: ({ event }) => event.output }) },
          },
        },
        b: { on: { GO: 'c' } },
        c: {
          invoke: {
            src: 'greet',
            id: 'g',
            input: ({ context }) => ({ name: context.user }),
            onDone: { target: 'd', actions: assign({ got: ({ event }) => event.output }) },
          },
        },
        d: {},
      },
    }),
    steps: [e('GO')],
  },
  'spawned machines live on when the state that spawned them is left, until they are stopped': {
    chart: setup({ actors: { listener } }).createMachine({
      initial: 'a',
      states: {
        a: {
          entry: [spawnChild('listener', { id: 'one' }), spawnChild('listener', { id: 'two' })],
          on: { NEXT: 'b' },
        },
        b: { on: { BACK: 'a2' } },
        a2: {},
      },
      on: {
        TELL: { actions: [sendTo('one', { type: 'A' }), sendTo('two', { type: 'B' })] },
        STOP: { actions: stopChild('one') },
        STOP_TWO: { actions: stopChild(({ event }) => (event as unknown as { who: string }).who) },
        MORE: {
          actions: enqueueActions(({ enqueue }) => {
            enqueue.spawnChild('listener', { id: 'three' })
            enqueue.sendTo('three', { type: 'HI' })
          }),
        },
      },
    }),
    steps: [e('TELL'), e('NEXT'), e('TELL'), e('STOP'), e('MORE'), e('STOP_TWO', { who: 'two' }), e('BACK')],
  },
  'stopped and spawned again under its id, it begins anew': {
    chart: setup({ actors: { listener } }).createMachine({
      entry: spawnChild('listener', { id: 'kid' }),
      on: {
        TELL: { actions: sendTo('kid', { type: 'A' }) },
        RENEW: { actions: [stopChild('kid'), spawnChild('listener', { id: 'kid' })] },
      },
    }),
    steps: [e('TELL'), e('RENEW'), e('TELL'), e('TELL')],
  },
  'an invoked machine that is entered again begins anew': {
    chart: setup({ actors: { listener } }).createMachine({
      initial: 'a',
      states: {
        a: {
          invoke: { src: 'listener', id: 'kid' },
          on: {
            TELL: { actions: sendTo('kid', { type: 'A' }) },
            AGAIN: { target: 'a', reenter: true },
            SAME: 'a',
          },
        },
      },
    }),
    steps: [e('TELL'), e('AGAIN'), e('TELL'), e('SAME'), e('TELL')],
  },
  'what is invoked and left in the same step never starts': {
    chart: setup({
      actors: {
        kid: createMachine({ entry: [say('alive'), sendParent({ type: 'WRONG' })] }),
        other: createMachine({ entry: sendParent({ type: 'OTHER' }) }),
      },
    }).createMachine({
      ...hearing,
      initial: 'idle',
      states: {
        idle: { on: { GO: 'a' } },
        a: { invoke: { src: 'kid', id: 'kid' }, always: 'b' },
        b: { invoke: { src: 'other', id: 'kid' } },
      },
    }),
    steps: [e('GO')],
  },
  'three generations, with mail up and down': {
    chart: setup({
      actors: {
        child: setup({
          actors: {
            grandchild: createMachine({
              on: { DOWN: { actions: sendParent({ type: 'UP' }) } },
              context: { g: 1 },
            }),
          },
        }).createMachine({
          context: { n: 0 },
          invoke: { src: 'grandchild', id: 'g' },
          on: {
            DOWN: { actions: forwardTo('g') },
            UP: {
              actions: [assign({ n: ({ context }) => context.n + 1 }), sendParent({ type: 'UP' }), say('up')],
            },
          },
        }),
      },
    }).createMachine({
      context: { n: 0 },
      invoke: { src: 'child', id: 'c' },
      on: {
        DOWN: { actions: forwardTo('c') },
        UP: { actions: [assign({ n: ({ context }) => context.n + 1 }), say('up')] },
      },
    }),
    steps: [e('DOWN'), e('DOWN')],
  },
  'a parent that ends takes its children with it': {
    chart: setup({ actors: { listener, never } }).createMachine({
      invoke: [{ src: 'listener', id: 'kid' }, { src: 'never' }],
      entry: spawnChild('listener', { id: 'spawned' }),
      initial: 'a',
      states: { a: { on: { END: 'z' } }, z: { type: 'final' } },
      output: 'over',
    }),
    steps: [e('END')],
  },
  'a child that crashes is an error of its parent, when nobody restarts it': {
    chart: setup({
      actors: {
        kid: createMachine({
          on: {
            CRASH: {
              guard: () => {
                throw new Error('boom')
              },
            },
          },
        }),
      },
    }).createMachine({
      context: { error: '' },
      initial: 'a',
      states: {
        a: {
          invoke: {
            src: 'kid',
            id: 'kid',
            onError: {
              target: 'b',
              actions: assign({
                error: ({ event }) =>
                  String((event.error as Error).message).includes('boom') ? 'boom' : 'else',
              }),
            },
          },
          on: { CRASH: { actions: sendTo('kid', { type: 'CRASH' }) } },
        },
        b: {},
      },
    }),
    steps: [e('CRASH')],
  },
  'a child whose promise fails with nobody to handle it is an error of its parent': {
    chart: setup({
      actors: {
        kid: setup({ actors: { broken } }).createMachine({
          initial: 'a',
          states: { a: { on: { GO: 'b' } }, b: { invoke: { src: 'broken' } } },
        }),
      },
    }).createMachine({
      initial: 'a',
      states: {
        a: { invoke: { src: 'kid', id: 'kid', onError: 'b' }, on: { GO: { actions: forwardTo('kid') } } },
        b: {},
      },
    }),
    steps: [e('GO')],
  },
  'sendTo oneself comes after the step': {
    chart: createMachine({
      ...hearing,
      initial: 'a',
      states: {
        a: { on: { GO: { target: 'b', actions: sendTo(({ self }) => self, { type: 'LATER' }) } } },
        b: { always: 'c' },
        c: { on: { LATER: 'd' } },
        d: {},
      },
    }),
    steps: [e('GO')],
  },
  'invocations of a history state begin again with it': {
    chart: setup({ actors: { listener } }).createMachine({
      initial: 'on',
      states: {
        on: {
          initial: 'x',
          states: {
            x: { on: { NEXT: 'y' } },
            y: { invoke: { src: 'listener', id: 'kid' } },
            last: { type: 'history' },
          },
          on: { OFF: 'off', TELL: { actions: sendTo('kid', { type: 'A' }) } },
        },
        off: { on: { ON: 'on.last' } },
      },
    }),
    steps: [e('NEXT'), e('TELL'), e('OFF'), e('ON'), e('TELL')],
  },
  'mail that is sent on the way out of a state to a spawned child arrives': {
    chart: setup({ actors: { listener } }).createMachine({
      entry: spawnChild('listener', { id: 'kid' }),
      initial: 'a',
      states: {
        a: { exit: sendTo('kid', { type: 'LEFT' }), on: { GO: 'b' } },
        b: { entry: sendTo('kid', { type: 'ENTERED' }) },
      },
    }),
    steps: [e('GO')],
  },
}
