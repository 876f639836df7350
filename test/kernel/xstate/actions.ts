// Actions: assign, raise, emit, log, enqueueActions, params. After the cases of XState's own tests (actions, assign,
// emit, predictableExec, input).

import { assign, cancel, createMachine, emit, enqueueActions, raise, setup } from 'xstate'
import type { Case } from './both.ts'

const say = (what: string) => emit({ type: 'said', what })
const e = (type: string, fields: object = {}) => ({ type, ...fields })
interface Counter {
  n: number
  more?: string | undefined
}

export const actions: Record<string, Case> = {
  'assign: whole, by property, static, mixed, one after the other': {
    chart: createMachine({
      types: {} as { context: Counter },
      context: { n: 0, more: 'm' },
      on: {
        INC: { actions: assign({ n: ({ context }) => context.n + 1 }) },
        WIN: {
          actions: [
            assign({ n: 100 }),
            assign(({ context }) => ({ n: context.n * 2, more: `was ${context.n}` })),
          ],
        },
        SET: { actions: assign(({ event }) => ({ n: (event as unknown as { value: number }).value })) },
        UNSET: { actions: assign({ more: undefined }) },
      },
    }),
    steps: [e('INC'), e('INC'), e('WIN'), e('SET', { value: -3 }), e('UNSET'), e('INC'), e('NO')],
  },
  'context: from the input, with the input in the first event': {
    chart: createMachine({
      context: ({ input }: { input: { from: number } }) => ({ n: input.from, first: '' }),
      entry: assign({ first: ({ event }) => `${event.type} ${JSON.stringify(event.input)}` }),
    }),
    input: { from: 7 },
    steps: [e('ANY')],
  },
  'raise: in the step, in order, from expressions, and in the initial state': {
    chart: createMachine({
      context: { way: [] as string[] },
      entry: raise({ type: 'FIRST' }),
      on: { '*': { actions: assign({ way: ({ context, event }) => [...context.way, event.type] }) } },
      initial: 'a',
      states: {
        a: {
          entry: raise(({ context }: { context: { way: string[] } }) => ({ type: `A${context.way.length}` })),
          on: { GO: { target: 'b', actions: [raise({ type: 'ONE' }), raise({ type: 'TWO' })] } },
        },
        b: { on: { ONE: { actions: [raise({ type: 'THREE' }), say('one')] } } },
      },
    }),
    steps: [e('GO')],
  },
  'actions see what the assigns before them made, and the event that was raised': {
    chart: createMachine({
      context: { n: 0 },
      initial: 'a',
      states: {
        a: {
          exit: [assign({ n: 1 }), emit(({ context }) => ({ type: 'exit', n: context.n }))],
          on: {
            GO: {
              target: 'b',
              actions: [
                assign({ n: ({ context }) => context.n + 1 }),
                emit(({ context }) => ({ type: 'move', n: context.n })),
                raise(() => ({ type: 'ON', x: 1 })),
              ],
            },
          },
        },
        b: {
          entry: [
            emit(({ context, event }) => ({ type: 'entry', n: context.n, of: event.type })),
            assign({ n: 10 }),
          ],
          on: { ON: { actions: emit(({ context, event }) => ({ type: 'on', n: context.n, event })) } },
        },
      },
    }),
    steps: [e('GO')],
  },
  'emit: static, from context, enqueued, in the initial state and at the end': {
    chart: createMachine({
      context: { n: 1 },
      entry: say('hello'),
      initial: 'a',
      states: {
        a: {
          entry: emit(({ context }) => ({ type: 'n', n: context.n })),
          on: {
            GO: {
              actions: enqueueActions(({ enqueue }) => {
                enqueue.emit(() => ({ type: 'said', what: 'enqueued' }))
                enqueue(say('too'))
              }),
            },
            END: 'z',
          },
        },
        z: { type: 'final', entry: say('end') },
      },
      exit: say('bye'),
    }),
    steps: [e('GO'), e('GO'), e('END')],
  },
  'enqueueActions: conditional, checked, nested, with builtins and names': {
    chart: setup({
      types: {} as {
        context: { n: number; log: string[] }
        events: { type: 'GO'; by: number } | { type: 'RAISED' }
      },
      guards: { isBig: ({ context }, params: { than: number }) => context.n > params.than },
      actions: {
        note: assign(({ context }, params: { what: string }) => ({ log: [...context.log, params.what] })),
        noteTwice: enqueueActions(({ enqueue }, params: { what: string }) => {
          enqueue({ type: 'note', params } as never)
          enqueue({ type: 'note', params } as never)
        }),
      },
    }).createMachine({
      context: { n: 0, log: [] },
      on: {
        GO: {
          actions: enqueueActions(({ enqueue, check, event, context }) => {
            enqueue.assign({ n: context.n + event.by })
            if (check({ type: 'isBig', params: { than: 1 } }))
              enqueue({ type: 'note', params: { what: 'big' } })
            else enqueue({ type: 'noteTwice', params: { what: 'small' } })
            enqueue.raise({ type: 'RAISED' })
          }),
        },
        RAISED: { actions: { type: 'note', params: ({ context }) => ({ what: `raised at ${context.n}` }) } },
      },
    }),
    steps: [e('GO', { by: 2 }), e('GO', { by: 1 })],
  },
  'params: static, from context, from the event, for actions of several states': {
    chart: setup({
      types: {} as { context: { log: unknown[] }; events: { type: 'GO'; value: number } },
      actions: {
        note: assign(({ context }, params: unknown) => ({ log: [...context.log, params ?? null] })),
      },
    }).createMachine({
      context: { log: [] },
      entry: ['note', { type: 'note', params: { a: 1 } }],
      exit: { type: 'note', params: 'exit' },
      initial: 'a',
      states: {
        a: {
          on: {
            GO: {
              target: 'z',
              actions: {
                type: 'note',
                params: ({ context, event }: { context: { log: unknown[] }; event: { value: number } }) => [
                  context.log.length,
                  event.value,
                ],
              },
            },
          },
        },
        z: {
          type: 'final',
          entry: { type: 'note', params: ({ event }: { event: { type: string } }) => event.type },
        },
      },
    }),
    steps: [e('GO', { value: 3 })],
  },
  'log and cancel of nothing change nothing': {
    chart: createMachine({
      context: { n: 0 },
      on: { GO: { actions: [cancel('nobody'), assign({ n: 1 })] }, LOG: { actions: assign({ n: 2 }) } },
    }),
    steps: [e('GO'), e('LOG')],
  },
  'exit actions of the whole configuration when the machine ends, from the inside out': {
    chart: createMachine({
      type: 'parallel',
      exit: say('root'),
      states: {
        a: {
          initial: 'x',
          exit: say('a'),
          states: { x: { exit: say('ax'), on: { END: 'y' } }, y: { type: 'final', exit: say('ay') } },
        },
        b: {
          initial: 'x',
          exit: say('b'),
          states: { x: { exit: say('bx'), on: { END: 'y', B: 'y' } }, y: { type: 'final', exit: say('by') } },
        },
      },
    }),
    steps: [e('B'), e('END')],
  },
}
