// A small tree for tests: a merge queue below one who hands in work and hears what becomes of it. When all is answered
// it ends. The branch is a file: judged is against it, and merged onto it, once, as a workspace does.

import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { assign, setup } from 'xstate'
import { type Address, defineActor, mail, send } from '../../kernel/index.ts'
import {
  type BatchJudgement,
  type IntegratorMail,
  integratorActor,
  type Verdict,
} from '../../machines/index.ts'
import { count, line, measurement, site, task } from './samples.ts'

export const QUEUE: Address = 'line.integrator'
/** The first is judged alone, the others wait meanwhile. */
export const WORK = ['z', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
export const BROKEN = 'c'

type Heard =
  | { readonly type: 'MERGED' | 'REJECTED'; readonly attempt: number }
  | { readonly type: 'INTEGRATED'; readonly task: string }
  | { readonly type: 'SETTLED' }

/** Who hears of it hears of an attempt: each has a number of its own. */
export const entryOf = (id: string) => ({
  submission: { commit: `s-${id}`, files: [], cases: 1 },
  task: task(id),
  attempt: WORK.indexOf(id) + 1,
  replyTo: 'line',
})

export const input = { orchestrator: 'line', site, line, measurement: measurement({ 'src/z.ts': 2 }) }

const ofLine = setup({
  types: {
    context: {} as { heard: readonly string[] },
    events: {} as Heard,
    output: {} as readonly string[],
  },
  actors: { integrator: integratorActor.machine },
  actions: { send },
})
const lineMachine = ofLine
  .extend({
    actions: {
      handIn: ofLine.enqueueActions(({ enqueue }) => {
        for (const id of WORK) {
          const entry = { type: 'SUBMIT', ...entryOf(id) } as const
          enqueue({ type: 'send', params: mail<IntegratorMail>(QUEUE, entry) })
        }
        enqueue({ type: 'send', params: mail<IntegratorMail>(QUEUE, { type: 'SETTLE' }) })
      }),
      hear: assign(({ context, event }) => ({ heard: [...context.heard, wordsOf(event)] })),
    },
  })
  .createMachine({
    id: 'line',
    context: { heard: [] },
    initial: 'open',
    states: {
      open: {
        entry: 'handIn',
        invoke: { src: 'integrator', id: 'integrator', input },
        on: {
          '*': { actions: 'hear' },
          SETTLED: { actions: 'hear', target: 'closed' },
        },
      },
      closed: { type: 'final' },
    },
    output: ({ context }) => context.heard,
  })

function wordsOf(event: Heard): string {
  if (event.type === 'INTEGRATED') return `${event.type} ${event.task}`
  return 'attempt' in event ? `${event.type} ${WORK[event.attempt - 1]}` : event.type
}

export const definitions = [
  defineActor({
    kind: 'line',
    machine: lineMachine,
    children: { integrator: {} },
    strategy: { kind: 'one_for_one', intensity: 10, period: 5 },
  }),
  defineActor(integratorActor),
]
export const root = { kind: 'line', input: null }

interface Branch {
  readonly merged: readonly string[]
  /** How often somebody asked. */
  readonly calls: number
}

export function branchIn(file: string): Branch {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return { merged: [], calls: 0 }
  }
}

function write(file: string, branch: Branch): void {
  writeFileSync(`${file}.new`, JSON.stringify(branch))
  renameSync(`${file}.new`, file)
}

const change = { branches: count(3, 10), statements: count(3, 10), modules: [] }
const red: Verdict[] = [{ gate: 'tests', kind: 'failed', findings: ['red'] }]

/** What becomes of a stack; `at` is told of each moment at which the process may die. */
export function judge(file: string, stack: readonly string[], at: (moment: string) => void): BatchJudgement {
  const { merged, calls } = branchIn(file)
  write(file, { merged, calls: calls + 1 })
  at(`asked ${calls + 1}`)
  const known = stack.filter((id) => merged.includes(id))
  if (known.length === 0 && stack.includes(BROKEN))
    return { returned: [], merged: [], measurement: null, failed: { verdicts: red, doubtful: [] } }
  if (known.length === 0) write(file, { merged: [...merged, ...stack], calls: calls + 1 })
  at(`merged ${calls + 1}`)
  const onto = known.length === 0 ? stack : known
  return {
    returned: [],
    merged: onto.map((id) => ({ at: stack.indexOf(id), commit: `c-${id}`, change, verdicts: [] })),
    measurement: measurement({ 'src/z.ts': 3 }),
    failed: null,
  }
}
