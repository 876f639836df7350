// A merge queue on a real node: killed with SIGKILL while it searches for the one that a batch fails with; and one that an
// earlier version left in the middle of a judgement. All is answered once, and rightly.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assign, fromPromise, setup } from 'xstate'
import { Node } from '../../actors/index.ts'
import { defineActor, PersistentMap } from '../../kernel/index.ts'
import { integratorActor } from '../../machines/index.ts'
import { openMemoryStore } from '../../persistence/index.ts'
import { type NatsServer, openMemoryMail } from '../../transport/index.ts'
import { eventually } from '../eventually.ts'
import { limit } from '../machine-speed.ts'
import { startServer, stopServers } from '../transport/nats.ts'
import { BROKEN, branchIn, definitions, entryOf, judge, QUEUE, root, WORK } from './merge-line.ts'
import type { Order } from './mortal-line.ts'

const GOOD = WORK.filter((id) => id !== BROKEN)
const answered = (heard: readonly string[]) =>
  heard.filter((words) => /^(MERGED|REJECTED)/.test(words)).toSorted()
const ALL = [...GOOD.map((id) => `MERGED ${id}`), `REJECTED ${BROKEN}`].toSorted()

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'canopy-line-'))
})
afterAll(async () => {
  await stopServers()
  await rm(directory, { recursive: true, force: true })
})

describe('a merge queue whose process is killed', () => {
  let server: NatsServer
  beforeAll(async () => {
    server = await startServer()
  })

  async function live(dieAt: string): Promise<readonly string[] | 'killed'> {
    const nats = { url: server.url, credentials: server.credentials.main ?? '' }
    const order: Order = { directory, nats, dieAt }
    const program = join(import.meta.dirname, 'mortal-line.ts')
    const done = await execa(process.execPath, [program, JSON.stringify(order)], {
      reject: false,
      timeout: limit(120_000),
    })
    if (done.signal === 'SIGKILL') return 'killed'
    if (!done.stdout) throw new Error(done.stderr)
    const ending = JSON.parse(done.stdout)
    expect(ending).toMatchObject({ kind: 'ended' })
    return ending.exit.output
  }

  it('in the middle of a search merges the right ones and gives the right one back, once', async () => {
    const branch = join(directory, 'branch')
    // Asked were: the first, all others, and now the half of them.
    expect(await live('asked 3')).toBe('killed')
    expect(branchIn(branch).merged).toEqual(['z'])
    // The half again, and then its half: merged, and nobody heard of it.
    expect(await live('merged 5')).toBe('killed')
    expect(branchIn(branch).merged).toEqual(['z', 'a', 'b'])
    const heard = await live('')
    expect(heard).not.toBe('killed')
    expect(answered(heard as readonly string[])).toEqual(ALL)
    expect((heard as readonly string[]).at(-1)).toBe('SETTLED')
    expect(branchIn(branch).merged).toEqual(GOOD)
  })
})

interface OldQueue {
  readonly queue: readonly ReturnType<typeof entryOf>[]
  readonly [more: string]: unknown
}

/** As much of version 1 as there was when it judged: one at a time, the first of its queue. */
const before = setup({
  types: { context: {} as OldQueue, events: {} as { type: 'SUBMIT' } & ReturnType<typeof entryOf> },
  actors: { integrate: fromPromise<null, unknown>(async () => null) },
}).createMachine({
  id: 'integrator',
  context: ({ input }) => ({
    ...(input as unknown as object),
    ...{ queue: [], seen: PersistentMap.empty<number>(), faults: 0, fault: '', merges: 0, settling: false },
  }),
  initial: 'idle',
  on: {
    SUBMIT: {
      actions: assign(({ context, event: { type: _, ...entry } }) => ({
        queue: [...context.queue, entry],
        seen: (context.seen as PersistentMap<number>).set(entry.task.id, entry.attempt),
      })),
    },
    SETTLE: { actions: assign({ settling: true }) },
  },
  states: {
    idle: { always: { guard: ({ context }) => context.queue.length > 0, target: 'integrating' } },
    integrating: {
      invoke: {
        src: 'integrate',
        id: 'integrate',
        input: ({ context }: { context: OldQueue }) => ({
          site: context.site,
          line: context.line,
          ...context.queue[0],
        }),
      },
    },
  },
})

describe('a merge queue of version 1', () => {
  it('that was judging goes on with what it was judging, asked as it is asked now', async () => {
    const [store, mail] = [await openMemoryStore(), openMemoryMail({ mailboxLimit: 100 })]
    const asked: unknown[] = []
    const [ofLine] = definitions
    if (!ofLine) throw new Error('no line')
    const boot = (
      integrator: ReturnType<typeof defineActor>,
      integrate: (input: unknown) => Promise<unknown>,
    ) =>
      Node.start({
        definitions: [ofLine, integrator],
        root,
        implementations: {
          integrate: async ({ input }) => {
            asked.push(input)
            return integrate(input)
          },
        },
        store,
        mail,
      })
    const old = await boot(
      defineActor({ kind: 'integrator', version: 1, machine: before }),
      () => new Promise(() => {}),
    )
    await eventually(
      async () => {
        const { context, value } = (await store.read(QUEUE))?.record.snapshot ?? {}
        return value === 'integrating' && (context as OldQueue | undefined)?.settling === true
      },
      { what: 'all that is handed in' },
    )
    expect(asked).toEqual([expect.objectContaining({ task: entryOf('z').task })])
    await old.stop(0)
    mail.reconnect()

    const branch = join(directory, 'older')
    const stacks: string[][] = []
    const now = await boot(defineActor(integratorActor), async (input) => {
      const stack = (input as { stack: readonly { task: { id: string } }[] }).stack.map(({ task }) => task.id)
      stacks.push(stack)
      return judge(branch, stack, () => {})
    })
    const ending = await now.ending
    expect(ending).toMatchObject({ kind: 'ended' })
    expect(stacks[0]).toEqual(['z'])
    expect(answered((ending as unknown as { exit: { output: string[] } }).exit.output)).toEqual(ALL)
    expect(branchIn(branch).merged).toEqual(GOOD)
    // The call that was under way is made once more in the words of then, and fails.
    const isOld = (input: unknown) => !Array.isArray((input as { stack?: unknown }).stack)
    expect(asked.slice(1).filter(isOld).length).toBeLessThanOrEqual(1)
  })
})
