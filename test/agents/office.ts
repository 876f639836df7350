// An office with one agent: a real node with the real budget, a scripted model that is paid once for each key, and toy
// tools on a folder that outlives the process.

import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assign, setup } from 'xstate'
import { type Implementations, Node } from '../../actors/index.ts'
import { type AgentImplementations, createAgentImplementations } from '../../agents/implementations.ts'
import type { AgentCommandPort, AgentToolbox } from '../../agents/ports.ts'
import type { Toolbox } from '../../agents/tools/toolbox.ts'
import { noUserTools, type UserTools, withUserTools } from '../../agents/user-tools.ts'
import { defineActor } from '../../kernel/index.ts'
import {
  type AgentCommand,
  type AgentInput,
  type AgentKind,
  type AgentLimits,
  type AgentOutput,
  agentActor,
  agentKinds,
  type BudgetInput,
  budgetActor,
  budgetSchema,
  type ContentBlock,
  costOf,
  limitsOfCommand,
  type ModelReply,
  type ModelRequest,
  type PricedResult,
  problemsOf,
  type RunFact,
  resultsOf,
  reviewActor,
  type ToolResult,
  type Turn,
  turnSchema,
} from '../../machines/index.ts'
import type { LocalStore } from '../../persistence/index.ts'
import { type MemoryMail, openMemoryMail } from '../../transport/index.ts'
import { Cord, cutMail, cutStore } from '../actors/cord.ts'

interface JobInput {
  readonly agent: AgentInput
  readonly budget: BudgetInput
}

/** Who does the work: one agent, or a review with its agents. */
type Assignee = 'agent' | 'review'

const jobFor = (assignee: Assignee) =>
  setup({
    types: {
      input: {} as JobInput,
      context: {} as { input: JobInput; output: AgentOutput | null },
      output: {} as AgentOutput | null,
    },
    actors: { agent: agentActor.machine, review: reviewActor.machine, budget: budgetActor.machine },
  }).createMachine({
    id: 'job',
    context: ({ input }) => ({ input, output: null }),
    initial: 'working',
    states: {
      working: {
        invoke: [
          { src: 'budget', id: 'budget', input: ({ context }) => context.input.budget },
          {
            src: assignee,
            id: assignee,
            input: ({ context }) => context.input.agent,
            onDone: { target: 'over', actions: assign({ output: ({ event }) => event.output }) },
          },
        ],
      },
      over: { type: 'final' },
    },
    output: ({ context }) => context.output,
  })

const definitionsFor = (assignee: Assignee) => [
  defineActor({
    kind: 'job',
    machine: jobFor(assignee),
    children: { agent: { restart: 'transient' }, review: { restart: 'transient' }, budget: {} },
  }),
  defineActor(agentActor),
  defineActor(reviewActor),
  defineActor(budgetActor),
]

export const price = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75, asOf: '2026-11-22' }

/** What a model says: to the request, as the `n`th paid answer, from 1. */
export type Script = (request: ModelRequest, n: number) => ScriptedReply | Promise<ScriptedReply>

type ScriptedReply = Partial<ModelReply> | Exclude<PricedResult, { kind: 'replied' }>

export function calling(...calls: [name: string, input: unknown][]): Partial<ModelReply> {
  const blocks = calls.map(
    ([name, input], at): ContentBlock => ({ type: 'tool_call', id: `call-${at}`, name, input }),
  )
  return { blocks, stop: 'tool_calls' }
}

export function saying(text: string): Partial<ModelReply> {
  return { blocks: [{ type: 'text', text }], stop: 'end' }
}

export const done = (summary = 'It is done.') => calling(['submit', { outcome: 'done', summary }])

/** What the last calls gave back. */
export function lastResults(request: ModelRequest): ToolResult[] {
  return resultsOf(request.turns.at(-1))
}

export interface OfficeOptions {
  readonly script: Script
  readonly store: LocalStore
  readonly kind?: AgentKind
  readonly assignee?: Assignee
  readonly limits?: Partial<AgentLimits>
  readonly condense?: boolean
  readonly budget?: unknown
  /** Tools besides those of the office. */
  readonly granted?: (cord: Cord) => Promise<UserTools>
  /** Works in place of the model; it may change files in the folder. */
  readonly command?: { readonly limits: AgentCommand; readonly port: AgentCommandPort }
}

const EFFECTS = { read: 'reads', edit: 'repeatable', write: 'repeatable', run: 'once' } as const

export class Office {
  readonly mail: MemoryMail = openMemoryMail({ mailboxLimit: 1_000 })
  readonly facts: RunFact[] = []
  readonly requests: ModelRequest[] = []
  /** What was paid for, by key. */
  readonly paid = new Map<string, PricedResult>()
  /** Every change of a file that was really made. */
  readonly changes: string[] = []
  readonly folder: string
  store: LocalStore
  readonly #options: OfficeOptions

  private constructor(options: OfficeOptions, folder: string) {
    this.#options = options
    this.store = options.store
    this.folder = folder
  }

  static async open(options: OfficeOptions): Promise<Office> {
    const folder = await mkdtemp(join(tmpdir(), 'canopy-office-'))
    await writeFile(join(folder, 'a.ts'), 'export const a = 1\n')
    return new Office(options, folder)
  }

  async boot(cord = new Cord()): Promise<Node> {
    const { kind = 'code', assignee = 'agent', limits, command } = this.#options
    const agent: AgentInput = {
      address: `job.${assignee}`,
      budget: 'job.budget',
      account: { milestone: 'm1', task: 't1', attempt: 1 },
      kind,
      role: 'coding',
      site: {
        repository: '/r',
        head: 'c0',
        packageManager: 'npm',
        runner: 'vitest',
        testPattern: 'test/{name}.test.ts',
        dependencies: '/r/node_modules',
      },
      brief: 'Let a be 2.',
      failures: ['tests: a is 1'],
      limits: {
        ...agentKinds[kind].limits,
        window: 200_000,
        ...limits,
        ...(command && limitsOfCommand(command.limits)),
      },
      price,
      ...(command && { command: command.limits }),
    }
    const granted = (await this.#options.granted?.(cord)) ?? noUserTools
    const budget: BudgetInput = { caps: budgetSchema.parse(this.#options.budget ?? {}) }
    return Node.start({
      definitions: definitionsFor(assignee),
      root: { kind: 'job', input: { agent, budget } satisfies JobInput },
      implementations: {
        ...(this.#implementations(cord, granted) as Readonly<Record<string, unknown>>),
      } as Implementations,
      store: cutStore(this.store, cord),
      mail: cutMail(this.mail, cord),
      random: () => 0.5,
      tell: (fact) => {
        if (!cord.pulled) this.facts.push(fact)
      },
    })
  }

  #implementations(cord: Cord, granted: UserTools): AgentImplementations {
    return createAgentImplementations({
      ask: (order) => cord.through(() => this.#ask(order.key, order.request)),
      transcripts: cutStore(this.store.transcripts(turnSchema), cord),
      toolboxOf: (order) => withUserTools(this.#toolbox(cord) as Toolbox, granted, order),
      commands: this.#options.command && {
        run: (order) => cord.through(() => this.#options.command?.port.run(order) ?? Promise.reject()),
      },
      condense: this.#options.condense ?? false,
    })
  }

  /** Boots and runs to the end. */
  async run(): Promise<AgentOutput> {
    return outputOf(await this.boot())
  }

  async files(): Promise<Record<string, string>> {
    const names = (await readdir(this.folder)).toSorted()
    const texts = names.map(async (name) => [name, await readFile(join(this.folder, name), 'utf8')] as const)
    return Object.fromEntries(await Promise.all(texts))
  }

  turns(output: AgentOutput): Promise<Turn[]> {
    return this.store.transcripts(turnSchema).turns(output.head ?? '')
  }

  close(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true })
  }

  async #ask(key: string, request: ModelRequest): Promise<PricedResult> {
    const before = this.paid.get(key)
    if (before) return before
    const problems = problemsOf(request.turns)
    if (problems.length > 0) throw new Error(`the vendor refuses it: ${problems.join('; ')}`)
    this.requests.push(request)
    const said = await this.#options.script(request, this.paid.size + 1)
    const asked = 'kind' in said ? said : replied(said, request)
    if (asked.kind !== 'paused') this.paid.set(key, asked)
    return asked
  }

  #toolbox(cord: Cord): AgentToolbox {
    const input = { type: 'object' }
    return {
      tools: Object.entries(EFFECTS).map(([name, effect]) => ({
        tool: { name, description: name, input },
        effect,
      })),
      use: ({ name, input: given }) =>
        cord.through(() => this.#use(cord, name, given as Record<string, string>)),
      tree: async () => digestOf(JSON.stringify(await this.files())),
    }
  }

  async #use(cord: Cord, name: string, { path = 'a.ts', old = '', to = '' }: Record<string, string>) {
    const text = (await this.files())[path]
    switch (name) {
      case 'read':
        return text === undefined
          ? { content: `there is no ${path}`, failed: true }
          : { content: text, failed: false }
      case 'edit': {
        // In place already: the same words as when it is made.
        if (text?.includes(to) && !text.includes(old)) return { content: `${path} is edited`, failed: false }
        if (!text?.includes(old)) return { content: `${old} is not in ${path}`, failed: true }
        this.#write(cord, path, text.replace(old, to))
        return { content: `${path} is edited`, failed: false }
      }
      case 'write':
        if (text !== to) this.#write(cord, path, to)
        return { content: `${path} is written`, failed: false }
      default:
        // Not to be repeated.
        this.#write(cord, path, `${text ?? ''}${to}\n`)
        return { content: `ran in ${Math.round(performance.now())} ms`, failed: false }
    }
  }

  /** At once: a process that is gone writes nothing later. */
  #write(cord: Cord, path: string, text: string): void {
    if (cord.pulled) return
    this.changes.push(`${path}: ${digestOf(text)}`)
    writeFileSync(join(this.folder, path), text)
  }
}

export async function outputOf(node: Node): Promise<AgentOutput> {
  const ending = await node.ending
  if (ending.kind !== 'ended') throw new Error(`the tree did not end by itself: ${JSON.stringify(ending)}`)
  return ending.exit.output as AgentOutput
}

function replied(said: Partial<ModelReply>, request: ModelRequest): PricedResult {
  const size = Math.ceil(JSON.stringify(request).length / 4)
  const usage = { input: size, cacheRead: 0, cacheWrite: 0, output: 50 }
  const reply: ModelReply = { blocks: [], stop: 'end', usage, ...said }
  return { kind: 'replied', model: 'scripted/one', reply, microdollars: costOf(reply.usage, price) }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
