// The whole development tree on a real node, store and nats-server, on a repository that is only simulated: what a
// worker writes comes when the test lets it.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  controlHandlers,
  type Implementations,
  inspectionVerbs,
  Node,
  type NodeEnding,
  tree,
} from '../../actors/index.ts'
import { requestFact } from '../../app/audit/request-fact.ts'
import { budgetVerb } from '../../app/budget/verb.ts'
import { verbHandlers } from '../../app/control/control-verb.ts'
import { homeDoor } from '../../app/nodes/home-records.ts'
import { HOME, unitOf } from '../../app/nodes/presence.ts'
import { definitions } from '../../app/run/definitions.ts'
import { runStatus } from '../../app/status/run-status.ts'
import {
  type Budget,
  type InvocationName,
  outputSchemas,
  type RunFact,
  runInputSchema,
} from '../../machines/index.ts'

import { openStore } from '../../persistence/index.ts'
import { type Connection, type Mail, type NatsServer, openControl, openMail } from '../../transport/index.ts'
import { milestone } from '../machines/samples.ts'
import { SimulatedRepository } from '../machines/simulated.ts'
import { connectTo } from '../transport/nats.ts'

export interface SimulatedOptions {
  readonly server: NatsServer
  readonly system: string
  readonly modules: number
  readonly workers: number
  readonly budget?: Partial<Budget>
}

export class SimulatedRun {
  readonly facts: RunFact[] = []
  /** Modules that a worker has begun to write for, in order. */
  readonly begun: string[] = []
  readonly repository: SimulatedRepository
  readonly #options: SimulatedOptions
  #held = true
  readonly #waiting = new Set<() => void>()
  #directory = ''
  #open: { node: Node; mail: Mail; connection: Connection; close(): Promise<void> } | undefined

  constructor(options: SimulatedOptions) {
    this.#options = options
    const names = Array.from({ length: options.modules }, (_, index) => [`src/m${index}.ts`, 0])
    const troubles = { errors: 0, rejections: 0, giveUps: 0 }
    this.repository = new SimulatedRepository(Object.fromEntries(names), troubles, (bound) => bound - 1)
  }

  get node(): Node {
    if (!this.#open) throw new Error('it is not running')
    return this.#open.node
  }

  get mail(): Mail {
    if (!this.#open) throw new Error('it is not running')
    return this.#open.mail
  }

  get ending(): Promise<NodeEnding> {
    return this.node.ending
  }

  get tree() {
    return tree(this.node.actors)
  }

  /** Lets workers write, those that wait and all that come. */
  letWrite(): void {
    this.#held = false
    for (const go of this.#waiting) go()
    this.#waiting.clear()
  }

  /** Lets only those write that wait now. */
  letWriteThese(): void {
    for (const go of this.#waiting) go()
    this.#waiting.clear()
  }

  async start(): Promise<void> {
    const { server, system, workers } = this.#options
    this.#directory ||= await mkdtemp(join(tmpdir(), 'canopy-simulated-'))
    const store = await openStore({ directory: join(this.#directory, 'store') })
    const connection = await connectTo(server)
    const mail = await openMail({ connection, system, unit: HOME, unitOf, mailboxLimit: 100 })
    const settings = { repository: '/repository', workers } as never
    const status = runStatus(settings, () => ({ restarts: 0, seconds: 0 }))
    const tell = (fact: RunFact): void => {
      this.facts.push(fact)
      status.take(fact)
    }
    const node = await Node.start({
      definitions,
      root: { kind: 'system', input: this.#input() },
      implementations: this.#implementations(),
      store,
      mail,
      tell,
      accepts: homeDoor(() => false),
    })
    const control = openControl({ connection, system, sender: HOME })
    const inspection = inspectionVerbs({ node, publish: (frame) => control.tell('inspection', frame) })
    const verbs = controlHandlers(node, mail, () => status.now(node.actors, node.records))
    await control.serve(
      { ...verbs, ...verbHandlers([budgetVerb], { tree: node }), ...inspection.handlers },
      (answered) => tell(requestFact(answered)),
    )
    const close = async (): Promise<void> => {
      inspection.close()
      await control.close()
      await node.stop(0)
      await mail.close()
      await connection.close()
      await store.close()
    }
    this.#open = { node, mail, connection, close }
  }

  /** The process ends; what is stored stays. */
  async stop(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    await open?.close()
  }

  async remove(): Promise<void> {
    this.letWrite()
    await this.stop()
    if (this.#directory !== '') await rm(this.#directory, { recursive: true, force: true })
  }

  #input(): unknown {
    const { workers, budget } = this.#options
    const roadmap = [milestone('m1', 100)]
    const policy = { inFlight: workers * 2, tries: 1 }
    return runInputSchema.parse({ repository: '/repository', roadmap, workers, policy, budget })
  }

  #implementations(): Implementations {
    return Object.fromEntries(
      Object.entries(outputSchemas).map(([src, schema]) => [
        src,
        async ({ input, signal }) => {
          if (src === 'write') await this.#mayWrite(input as { task: { module: string } }, signal)
          const name = src as InvocationName
          return schema.parse(this.repository.invoke({ by: '', src: name, input: input as never }))
        },
      ]),
    )
  }

  async #mayWrite({ task }: { task: { module: string } }, signal: AbortSignal): Promise<void> {
    this.begun.push(task.module)
    if (!this.#held) return
    await new Promise<void>((go, stop) => {
      this.#waiting.add(go)
      signal.addEventListener('abort', () => stop(signal.reason))
    })
  }
}
