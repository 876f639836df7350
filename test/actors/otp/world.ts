// A node with one supervisor under test, `top.sup`, below a root that does nothing but start and stop it. Where OTP has
// a pid, there is an address with a number that grows at each start of it: `child1@2`.

import { type Implementation, Node, SimulatedClock } from '../../../actors/index.ts'
import {
  type ActorDefinition,
  defineSupervisor,
  type Fact,
  type SupervisorReply,
} from '../../../kernel/index.ts'
import { openMemoryStore, type Store } from '../../../persistence/index.ts'
import { type MemoryMail, openMemoryMail } from '../../../transport/index.ts'
import { eventually } from '../../eventually.ts'
import { limit, shortage } from '../../machine-speed.ts'
import { defineWorker, Script, type StartAnswer } from './workers.ts'

export const SUP = 'top.sup'

export type How = 'normal' | 'shutdown' | 'shutdown_term' | 'abnormal' | 'kill'

interface Ended {
  readonly pid: string
  readonly reason: string
}

export interface OtpWorldParts {
  readonly store: Store
  readonly clock: SimulatedClock
  readonly mail: MemoryMail
  readonly facts: Fact[]
  readonly scripts: Map<string, Script>
}

export interface OtpWorldOptions {
  readonly more?: readonly ActorDefinition[]
  readonly implementations?: Readonly<Record<string, Implementation>>
  readonly maxDeliveries?: number
  readonly mailboxLimit?: number
}

const failing = Object.assign(new Error('fail'), { code: 'fail' })

export class OtpWorld {
  readonly store: Store
  readonly clock: SimulatedClock
  readonly mail: MemoryMail
  readonly facts: Fact[]
  readonly scripts: Map<string, Script>
  readonly #options: OtpWorldOptions
  #node: Node | undefined
  #letters = 0

  private constructor({ store, clock, mail, facts, scripts }: OtpWorldParts, options: OtpWorldOptions) {
    this.store = store
    this.clock = clock
    this.mail = mail
    this.facts = facts
    this.scripts = scripts
    this.#options = options
  }

  static async open(options: OtpWorldOptions = {}): Promise<OtpWorld> {
    const { mailboxLimit = 10_000 } = options
    const clock = new SimulatedClock()
    const parts = { clock, mail: openMemoryMail({ mailboxLimit }), facts: [], scripts: new Map() }
    const world = new OtpWorld({ ...parts, store: await openMemoryStore() }, options)
    await world.boot()
    return world
  }

  get node(): Node {
    if (!this.#node) throw new Error('it was not started')
    return this.#node
  }

  /** Starts a node on what the last one left. */
  async boot(store: Store = this.store): Promise<void> {
    const { clock, mail, scripts } = this
    const { more = [], implementations = {}, maxDeliveries = 1 } = this.#options
    const init = (given: { fail?: true } | undefined): never => {
      if (given?.fail) throw failing
      return given as never
    }
    this.#node = await Node.start({
      definitions: [
        defineSupervisor({ kind: 'top', init: { intensity: 1_000, period: 1, children: [] } }),
        defineSupervisor({ kind: 'supervisor', init }),
        defineWorker('worker', scripts),
        ...more,
      ],
      root: { kind: 'top', input: null },
      implementations: {
        linger: ({ input, signal }) => lingering(clock, Number(input), signal),
        ...implementations,
      },
      store,
      mail,
      clock,
      random: () => 0.5,
      maxDeliveries,
      tell: (fact) => this.facts.push(fact),
    })
  }

  async close(): Promise<void> {
    const stopped = this.node.stop(0)
    await this.#advancing(stopped)
    await this.mail.close()
    await this.store.close()
  }

  /** OTP's start_link. */
  startLink(given: unknown, id = 'sup', fields: object = {}): Promise<SupervisorReply> {
    const spec = {
      id,
      src: 'supervisor',
      input: given,
      restart: 'temporary',
      type: 'supervisor',
      resume: 'input',
    }
    return this.node.supervisor('top').startChild({ ...spec, ...fields })
  }

  /** Starts it and all goes well. */
  async started(given: object): Promise<void> {
    const reply = await this.startLink({ children: [], ...given })
    if (!reply.ok) throw new Error(JSON.stringify(reply.error))
  }

  get sup() {
    return this.node.supervisor(SUP)
  }

  script(name: string, answers: readonly StartAnswer[], then: StartAnswer = 'ok'): Script {
    const script = new Script(answers, then)
    this.scripts.set(name, script)
    return script
  }

  /** Starts a child and gives its pid. */
  async start(given: unknown, sup = SUP): Promise<string> {
    const reply = await this.node.supervisor(sup).startChild(given)
    if (!reply.ok) throw new Error(JSON.stringify(reply.error))
    return this.pidAt(String((reply.value as { child: string }).child))
  }

  /** Resolves when nothing goes on any more. */
  async quiet(): Promise<void> {
    const end = performance.now() + limit(10_000)
    while (!this.isQuiet) {
      if (performance.now() > end)
        throw new Error(`not quiet: ${JSON.stringify(this.node.census)}; ${shortage()}`)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  get isQuiet(): boolean {
    const { waiting, calls, underWay } = this.node.census
    return waiting === 0 && calls === 0 && underWay === 0 && this.mail.size === 0
  }

  tell(to: string, type: string, fields: object = {}): Promise<'accepted' | 'refused'> {
    this.#letters += 1
    return this.mail.publish({ id: `letter-${this.#letters}`, to, from: null, event: { type, ...fields } })
  }

  /** Ends the actor of this pid or address and waits for all that follows. */
  async terminate(pid: string, how: How): Promise<void> {
    await this.end(pid, how)
    await this.quiet()
  }

  async end(pid: string, how: How): Promise<void> {
    const address = addressOf(pid)
    if (!this.alive(pid)) throw new Error(`${pid} does not live`)
    if (how === 'kill') this.node.kill(address)
    else if (how === 'normal') await this.tell(address, 'END')
    else if (how === 'abnormal') await this.tell(address, 'CRASH')
    else await this.tell(address, 'SHUTDOWN', how === 'shutdown_term' ? { term: 'some_info' } : {})
  }

  /** All pids that live. */
  get pids(): string[] {
    return this.node.actors.map(({ address }) => this.pidAt(address))
  }

  alive(pid: string): boolean {
    return pid.includes('@')
      ? this.pids.includes(pid)
      : this.node.actors.some(({ address }) => address === pid)
  }

  pidAt(address: string): string {
    return `${address}@${this.facts.filter((fact) => isBeginning(fact) && fact.address === address).length}`
  }

  /** OTP's which_children without modules: id and pid, newest first. */
  async which(sup = SUP): Promise<[string | null, string | null][]> {
    const reply = await this.node.supervisor(sup).whichChildren()
    if (!reply.ok) throw new Error(reply.error.code)
    return reply.value.map(({ id, child }) => [
      id,
      child === null || child === 'restarting' ? child : this.pidAt(child),
    ])
  }

  /** specs, active, supervisors, workers. */
  async counts(sup = SUP): Promise<number[]> {
    const reply = await this.node.supervisor(sup).countChildren()
    if (!reply.ok) throw new Error(reply.error.code)
    const { specs, active, supervisors, workers } = reply.value
    return [specs, active, supervisors, workers]
  }

  /** Who ended, why, in order. */
  get ends(): Ended[] {
    const begun = new Map<string, number>()
    return this.facts.flatMap((fact) => {
      if (isBeginning(fact)) begun.set(fact.address, (begun.get(fact.address) ?? 0) + 1)
      if (fact.type !== 'actor.ended' && fact.type !== 'actor.stopped') return []
      const pid = `${fact.address}@${begun.get(fact.address) ?? 0}`
      return [{ pid, reason: fact.type === 'actor.ended' ? fact.exit.reason : fact.reason }]
    })
  }

  /** OTP's check_exit_reason. */
  reason(pid: string): string | undefined {
    const reasons = this.ends.filter((end) => end.pid === pid).map(({ reason }) => reason)
    if (reasons.length > 1) throw new Error(`${pid} ended more than once: ${reasons.join(', ')}`)
    return reasons[0]
  }

  /** Stops the supervisor as its parent does; time passes until it is gone. Gives the milliseconds. */
  async stopSup(id = 'sup'): Promise<number> {
    const since = this.clock.now()
    await this.#advancing(this.node.supervisor('top').terminateChild(id))
    await this.quiet()
    return this.clock.now() - since
  }

  /** Waits for something that needs time to pass. */
  async #advancing(work: Promise<unknown>): Promise<void> {
    let over = false
    const done = work.finally(() => {
      over = true
    })
    for (let idle = 0; !over; idle += 1) {
      await new Promise((resolve) => setImmediate(resolve))
      if (idle > 20 && idle % 5 === 0) this.clock.advance(100)
    }
    await done
  }

  /** Resolves when this actor is gone by itself. */
  async gone(address: string = SUP): Promise<void> {
    await eventually(() => !this.node.actors.some((actor) => actor.address === address), {
      what: `end of ${address}`,
    })
    await this.quiet()
  }
}

function lingering(clock: SimulatedClock, ms: number, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      if (ms >= 0) clock.after(ms, () => reject(new Error('aborted')))
    })
  })
}

function isBeginning(
  fact: Fact,
): fact is Fact & { type: 'actor.started' | 'actor.restarted' | 'actor.resumed' } {
  return fact.type === 'actor.started' || fact.type === 'actor.restarted' || fact.type === 'actor.resumed'
}

export function addressOf(pid: string): string {
  return pid.replace(/@\d+$/, '')
}

/** A child as the suite's tuples have it; its start function is asked again at each restart. */
export function child(id: string, fields: Record<string, unknown> = {}) {
  return { id, src: 'worker', resume: 'input', shutdown: 1_000, ...fields }
}

/** The flags of most cases. */
export const flags = (strategy: string, intensity = 2, period = 3_600) => ({ strategy, intensity, period })
