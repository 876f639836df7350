// States: nested, parallel, history, final, eventless, guarded, tagged. After the cases of XState's own tests
// (deep, parallel, history, final, transient, guards, stateIn, tags, eventDescriptors, internalTransitions, route).

import { and, assign, createMachine, emit, not, or, raise, setup, stateIn } from 'xstate'
import type { Case } from './both.ts'

const say = (what: string) => emit({ type: 'said', what })
/** Says when it is entered and when it is left. */
const noisy = (name: string) => ({ entry: say(`enter ${name}`), exit: say(`exit ${name}`) })
const e = (type: string, fields: object = {}) => ({ type, ...fields })

export const states: Record<string, Case> = {
  'deep: leaves from the inside out and enters from the outside in': {
    chart: createMachine({
      initial: 'a',
      ...noisy('root'),
      states: {
        a: {
          ...noisy('a'),
          initial: 'b',
          states: { b: { ...noisy('b'), initial: 'c', states: { c: { ...noisy('c'), on: { GO: '#p2' } } } } },
          on: { UP: { target: 'a', reenter: true }, SAME: 'a' },
        },
        p: {
          ...noisy('p'),
          initial: 'p1',
          states: { p1: {}, p2: { id: 'p2', ...noisy('p2') } },
          on: { BACK: 'a.b' },
        },
      },
    }),
    steps: [e('UP'), e('SAME'), e('GO'), e('BACK'), e('UNKNOWN')],
  },
  'internal: a parent enters a child of its own without being entered again, unless it asks to': {
    chart: createMachine({
      initial: 'foo',
      states: {
        foo: {
          ...noisy('foo'),
          initial: 'a',
          states: { a: noisy('a'), b: noisy('b') },
          on: { IN: '.b', OUT: { target: '.b', reenter: true }, STAY: { actions: say('stay') } },
        },
      },
    }),
    steps: [e('IN'), e('OUT'), e('STAY'), e('IN')],
  },
  'targetless transitions of a parent leave the child where it is, unless a child forbids them': {
    chart: createMachine({
      context: { n: 0 },
      on: { INC: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
      initial: 'open',
      states: { open: { on: { CLOSE: 'closed' } }, closed: { on: { INC: {} } } },
    }),
    steps: [e('INC'), e('INC'), e('CLOSE'), e('INC')],
  },
  'parallel: regions move apart and together': {
    chart: createMachine({
      type: 'parallel',
      states: {
        bold: {
          initial: 'off',
          states: { off: { on: { BOLD: 'on' } }, on: { on: { BOLD: 'off', RESET: 'off' } } },
        },
        list: {
          initial: 'none',
          states: { none: { on: { BULLETS: 'bullets' } }, bullets: { on: { RESET: 'none' } }, numbers: {} },
        },
        empty: {},
      },
    }),
    steps: [e('BOLD'), e('BULLETS'), e('RESET'), e('RESET')],
  },
  'parallel: one region moves another, and raises what the other hears': {
    chart: createMachine({
      type: 'parallel',
      states: {
        menu: {
          initial: 'closed',
          states: {
            closed: { id: 'closed', on: { OPEN: 'opened' } },
            opened: { entry: raise({ type: 'OPENED' }), on: { 'GO.TO.DASHBOARD': '#closed' } },
          },
        },
        page: {
          initial: 'home',
          states: {
            home: { on: { OPENED: 'dim' } },
            dim: { ...noisy('dim'), on: { 'GO.*': 'dashboard' } },
            dashboard: {},
          },
        },
      },
    }),
    steps: [e('OPEN'), e('GO.TO.DASHBOARD')],
  },
  'parallel: actions come in document order, also for a region that moved before': {
    chart: createMachine({
      type: 'parallel',
      states: {
        a: {
          initial: 'a1',
          states: {
            a1: { on: { FIRST: 'a2', BOTH: 'a3' } },
            a2: { on: { BOTH: { target: 'a3', actions: say('a') } }, ...noisy('a2') },
            a3: { ...noisy('a3') },
          },
        },
        b: {
          initial: 'b1',
          states: {
            b1: { ...noisy('b1'), on: { BOTH: { target: 'b2', actions: say('b') } } },
            b2: noisy('b2'),
          },
        },
      },
    }),
    steps: [e('FIRST'), e('BOTH')],
  },
  'parallel: nested, entered again as a whole': {
    chart: createMachine({
      initial: 'p',
      states: {
        p: {
          type: 'parallel',
          ...noisy('p'),
          states: {
            x: {
              initial: 'x1',
              states: {
                x1: { on: { X: 'x2' } },
                x2: {
                  type: 'parallel',
                  states: {
                    i: noisy('i'),
                    j: { initial: 'j1', states: { j1: { on: { J: 'j2' } }, j2: {} } },
                  },
                },
              },
            },
            y: { initial: 'y1', states: { y1: { on: { Y: 'y2' } }, y2: { id: 'y2' } } },
          },
          on: { AGAIN: { target: 'p', reenter: true }, Y2: '#y2' },
        },
      },
    }),
    steps: [e('X'), e('J'), e('Y2'), e('AGAIN'), e('Y'), e('X')],
  },
  'history: shallow, and the default when there is none': {
    chart: createMachine({
      initial: 'off',
      states: {
        off: { on: { POWER: 'on.last', DEFAULT: 'on.other' } },
        on: {
          initial: 'first',
          states: {
            first: { on: { SWITCH: 'second' } },
            second: { initial: 'p', states: { p: { on: { INNER: 'q' } }, q: {} } },
            third: {},
            last: { type: 'history' },
            other: { type: 'history', history: 'shallow', target: 'third' },
          },
          on: { POWER: 'off' },
        },
      },
    }),
    steps: [e('DEFAULT'), e('POWER'), e('POWER'), e('POWER'), e('POWER'), e('SWITCH')],
  },
  'history: deep and shallow after the same way': {
    chart: createMachine({
      initial: 'off',
      states: {
        off: { on: { DEEP: 'on.deep', SHALLOW: 'on.shallow' } },
        on: {
          initial: 'first',
          states: {
            first: { on: { SWITCH: 'second' } },
            second: {
              initial: 'a',
              states: {
                a: { on: { INNER: 'b' } },
                b: { initial: 'c', states: { c: { on: { INNER: 'd' } }, d: {} } },
              },
            },
            deep: { type: 'history', history: 'deep' },
            shallow: { history: 'shallow', type: 'history' },
          },
          on: { POWER: 'off' },
        },
      },
    }),
    steps: [
      e('SHALLOW'),
      e('SWITCH'),
      e('INNER'),
      e('INNER'),
      e('POWER'),
      e('DEEP'),
      e('POWER'),
      e('SHALLOW'),
    ],
  },
  'history: of a parallel state, whole and in part': {
    chart: createMachine({
      initial: 'off',
      states: {
        off: { on: { ALL: 'on.all', ONE: 'on.a.one' } },
        on: {
          type: 'parallel',
          states: {
            a: {
              initial: 'b',
              states: {
                b: { on: { A: 'c' } },
                c: { initial: 'd', states: { d: { on: { A: 'e' } }, e: {} } },
                one: { type: 'history', history: 'deep' },
              },
            },
            k: { initial: 'l', states: { l: { on: { K: 'm' } }, m: {} } },
            all: { type: 'history', history: 'deep' },
          },
          on: { POWER: 'off' },
        },
      },
    }),
    steps: [e('ALL'), e('A'), e('A'), e('K'), e('POWER'), e('ALL'), e('POWER'), e('ONE')],
  },
  'final: done events of states, with output, up to the root': {
    chart: createMachine({
      id: 'm',
      initial: 'foo',
      context: { heard: [] as unknown[] },
      states: {
        foo: {
          initial: 'bar',
          onDone: {
            target: 'baz',
            actions: assign({ heard: ({ context, event }) => [...context.heard, event.type, event.output] }),
          },
          states: {
            bar: {
              initial: 'x',
              states: {
                x: { on: { NEXT: 'y' } },
                y: { type: 'final', output: ({ event }: { event: { with?: number } }) => event.with },
              },
              onDone: {
                target: 'end',
                actions: assign({ heard: ({ context, event }) => [...context.heard, event.output] }),
              },
            },
            end: { type: 'final', output: { so: 'what' } },
          },
        },
        baz: { on: { END: 'over' } },
        over: { type: 'final', ...noisy('over') },
      },
      exit: say('exit root'),
      output: ({ context, event }) => ({ heard: context.heard, because: event.type }),
    }),
    steps: [e('NEXT', { with: 7 }), e('END')],
  },
  'final: a parallel state is done when all its regions are': {
    chart: createMachine({
      initial: 'p',
      states: {
        p: {
          type: 'parallel',
          states: {
            a: { initial: 'x', states: { x: { on: { A: 'y' } }, y: { type: 'final' } } },
            b: { initial: 'x', states: { x: { on: { B: 'y', BOTH: 'y' } }, y: { type: 'final' } } },
            c: {
              type: 'parallel',
              states: { d: { initial: 'x', states: { x: { on: { BOTH: 'y' } }, y: { type: 'final' } } } },
            },
          },
          onDone: { target: 'over', actions: say('done') },
        },
        over: { ...noisy('over'), type: 'final' },
      },
    }),
    steps: [e('A'), e('BOTH')],
  },
  'final: a root that is final at once': {
    chart: createMachine({ type: 'final', output: 42, context: { a: 1 } }),
    steps: [e('ANY')],
  },
  'final: null is an output': {
    chart: createMachine({
      initial: 'a',
      states: { a: { on: { END: 'b' } }, b: { type: 'final', output: null } },
      output: ({ event }) => event.output,
    }),
    steps: [e('END')],
  },
  'always: the first that may, after each step, before what was raised': {
    chart: createMachine({
      context: { n: 0 },
      initial: 'g',
      states: {
        g: { on: { RUN: { target: 'f', actions: [raise({ type: 'LATER' }), assign({ n: 1 })] } } },
        f: {
          ...noisy('f'),
          on: { LATER: 'wrong' },
          always: [
            { guard: ({ context }) => context.n > 1, target: 'wrong' },
            { guard: ({ event }) => event.type === 'RUN', target: 'e' },
          ],
        },
        e: {
          ...noisy('e'),
          on: { LATER: { target: 'd', actions: assign({ n: ({ context }) => context.n + 1 }) } },
        },
        d: {
          always: {
            guard: ({ context }) => context.n < 5,
            actions: assign({ n: ({ context }) => context.n + 1 }),
          },
        },
        wrong: {},
      },
    }),
    steps: [e('RUN')],
  },
  'always: on the root and in several regions at once': {
    chart: createMachine({
      type: 'parallel',
      context: { n: 0 },
      on: { INC: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
      states: {
        a: {
          initial: 'x',
          states: {
            x: { always: { guard: ({ context }) => context.n >= 1, target: 'y' } },
            y: { ...noisy('ay'), always: { guard: ({ context }) => context.n >= 2, target: 'z' } },
            z: { entry: raise({ type: 'Z' }) },
          },
        },
        b: {
          initial: 'x',
          states: {
            x: { ...noisy('bx'), always: { guard: ({ context }) => context.n >= 2, target: 'y' } },
            y: { ...noisy('by'), on: { Z: 'x2' } },
            x2: {},
          },
        },
      },
    }),
    steps: [e('INC'), e('INC')],
  },
  'guards: by name, with params, and, or, not, in a state': {
    chart: setup({
      types: {} as {
        context: { n: number }
        events: { type: 'GO'; by: number } | { type: 'TRY' } | { type: 'MOVE' }
      },
      guards: {
        isBig: ({ context }, params: { than: number }) => context.n > params.than,
        isEven: ({ context }) => context.n % 2 === 0,
        isBigAndEven: and([({ context }: { context: { n: number } }) => context.n > 3, 'isEven']),
        isThere: stateIn({ where: 'there' }),
      },
    }).createMachine({
      type: 'parallel',
      context: { n: 0 },
      on: { GO: { actions: assign({ n: ({ context, event }) => context.n + event.by }) } },
      states: {
        what: {
          initial: 'small',
          states: {
            small: {
              on: {
                TRY: [
                  { guard: 'isBigAndEven', target: 'both' },
                  { guard: or([not('isEven'), 'isThere']), target: 'odd' },
                  { guard: { type: 'isBig', params: { than: 10 } }, target: 'both' },
                ],
              },
            },
            both: {
              on: {
                TRY: {
                  guard: { type: 'isBig', params: ({ context }) => ({ than: context.n - 1 }) },
                  target: 'small',
                },
              },
            },
            odd: {},
          },
        },
        where: { initial: 'here', states: { here: { on: { MOVE: 'there' } }, there: {} } },
      },
    }),
    steps: [
      e('TRY'),
      e('GO', { by: 4 }),
      e('TRY'),
      e('TRY'),
      e('GO', { by: -2 }),
      e('TRY'),
      e('MOVE'),
      e('TRY'),
    ],
  },
  'tags: of all active states': {
    chart: createMachine({
      type: 'parallel',
      states: {
        fg: {
          initial: 'green',
          states: { green: { tags: 'go', on: { T: 'red' } }, red: { tags: ['stop', 'other'] } },
        },
        bg: { tags: ['light'], initial: 'on', states: { on: { tags: 'lit' } } },
      },
    }),
    steps: [e('T'), e('UNKNOWN')],
  },
  'wildcards: the longest that fits, else a shorter, and everything': {
    chart: createMachine({
      context: { heard: [] as string[] },
      on: {
        '*': { actions: assign({ heard: ({ context }) => [...context.heard, '*'] }) },
        'a.*': { actions: assign({ heard: ({ context }) => [...context.heard, 'a.*'] }) },
        'a.b.*': {
          guard: ({ event }) => event.pass !== false,
          actions: assign({ heard: ({ context }) => [...context.heard, 'a.b.*'] }),
        },
        'a.b.c': { actions: assign({ heard: ({ context }) => [...context.heard, 'a.b.c'] }) },
      },
    }),
    steps: [e('a.b.c'), e('a.b.d'), e('a.b.d', { pass: false }), e('a'), e('x.y')],
  },
  'route: straight to a state by its id': {
    chart: createMachine({
      initial: 'a',
      states: {
        a: {},
        b: { id: 'b', route: {}, ...noisy('b') },
        c: { id: 'c', route: { guard: ({ event }: { event: { ok?: boolean } }) => event.ok === true } },
      },
    } as never),
    steps: [
      e('xstate.route', { to: '#b' }),
      e('xstate.route', { to: '#c' }),
      e('xstate.route', { to: '#c', ok: true }),
    ],
  },
  'initial: transitions with actions, in the machine and in a state': {
    chart: createMachine({
      context: { way: [] as string[] },
      initial: { target: 'a', actions: assign({ way: ({ context }) => [...context.way, 'start'] }) },
      states: {
        a: { on: { NEXT: 'b' } },
        b: {
          initial: { target: 'c', actions: assign({ way: ({ context }) => [...context.way, 'into b'] }) },
          states: { c: {} },
        },
      },
    }),
    steps: [e('NEXT')],
  },
  'a throw in the middle of nothing: an event that nobody knows changes nothing': {
    chart: createMachine({ context: { n: 0 }, initial: 'a', states: { a: { on: { GO: 'a' } } } }),
    steps: [e('NO'), e('GO')],
  },
}
