// Search
//
// Owns:   looking for cases that take edges no case took before: which case is tried next, which are kept.
// Leaves: making cases (targets.ts, mutate.ts, feedback.ts), running one (inside/run-case.ts), the final choice (select.ts).
//
// R1. The same seed and budget give the same findings: the budget counts executions, never time.
// R2. A kept case was run twice with the same outcome.

import type { Case } from '../expression.ts'
import { constant, weight, weightOfCase } from '../expression.ts'
import type { Operands } from '../inside/probes.ts'
import type { CaseRun } from '../inside/run-case.ts'
import type { BranchEdge } from '../instrument.ts'
import type { CaseOutcome } from '../outcome.ts'
import type { Random } from '../random.ts'
import { sameObservation } from '../same.ts'
import type { CaseFinding, SearchNews } from '../tasks.ts'
import { mapConstants } from './constants.ts'
import { suggest } from './feedback.ts'
import type { SuggestKinds } from './kinds.ts'
import type { Mutator } from './mutate.ts'
import { repairCall } from './repair.ts'
import { simplify } from './simplify.ts'
import type { SearchTarget } from './targets.ts'
import { mismatchesOfCall, type NamedDescriptors } from './typing.ts'

export interface SearchSetup {
  readonly targets: readonly SearchTarget[]
  readonly named: NamedDescriptors
  readonly mutator: Mutator
  readonly suggestKinds: SuggestKinds
  readonly random: Random
  readonly budget: number
  readonly start: readonly Case[]
  /** Edges that need no case. */
  readonly covered: readonly number[]
  /** Runs a case; the counts are those of this run until the next. */
  readonly run: (test: Case, watching: boolean) => CaseRun | Promise<CaseRun>
  /** Whether an error occurred that no caller waited for. */
  readonly escaped: () => Promise<boolean>
  /** Steps that the last case took. */
  readonly stepsTaken: () => number
  /** Loads the module under test again. */
  readonly reload: () => void
  readonly counts: Uint32Array
  readonly edges: readonly BranchEdge[]
  readonly operands: readonly Operands[]
  readonly tell: (news: SearchNews) => void
}

interface KeptCase {
  readonly test: Case
  /** It set timers: time may be let pass. */
  readonly timed: boolean
  picked: number
}

interface Lane {
  readonly target: SearchTarget
  readonly corpus: KeptCase[]
  readonly queue: Case[]
  /** Executions since something new was found. */
  idle: number
  retired: boolean
  tries: number
  /** Functions, by the edge that enters them, that its cases got into. */
  readonly entered: Set<number>
}

const TRIES_PER_TURN = 40
const FIRST_TRIES = 24
const MIN_TRIES = 120
const MISMATCH_COST = 5
const WATCHED_SHARE = 0.05
const MAX_QUEUED = 400
const STEPS_PER_EXECUTION = 1500
const MIN_EXTRA_EDGES = 3
const MAX_BLAMED = 8
const MAX_WEIGHT = 30

export async function search(setup: SearchSetup): Promise<void> {
  await new Search(setup).run()
}

class Search {
  readonly #setup: SearchSetup
  readonly #lanes: readonly Lane[]
  /** The classes of counts seen for each edge, as bits (`bitOf`); bit 1 is set once the edge was taken. */
  readonly #seen: Uint8Array
  readonly #cheapest: Float64Array
  readonly #patience: number
  readonly #blamed = new Map<number, number>()
  /** Cases leave traces in the module (caches, registries): those that matter are run on a fresh one. */
  #leavesTraces = false
  #executions = 0
  #unstable = 0

  constructor(setup: SearchSetup) {
    this.#setup = setup
    this.#lanes = setup.targets.map((target) => ({
      target,
      corpus: [],
      queue: [],
      idle: 0,
      retired: false,
      tries: 0,
      entered: new Set(),
    }))
    this.#seen = new Uint8Array(setup.counts.length)
    this.#cheapest = new Float64Array(setup.counts.length).fill(Number.POSITIVE_INFINITY)
    this.#patience = Math.max(400, Math.floor(setup.budget / 8))
  }

  async run(): Promise<void> {
    for (const test of this.#setup.start) await this.#try(this.#laneOf(test), test)
    for (const lane of this.#lanes) await this.#work(lane, FIRST_TRIES)
    while (!this.#isOver()) {
      for (const lane of this.#lanes) if (!lane.retired) await this.#work(lane, TRIES_PER_TURN)
    }
    const taken = [...this.#seen.keys()].filter((edge) => (this.#seen[edge] ?? 0) > 0)
    this.#setup.tell({ kind: 'finished', executions: this.#executions, unstable: this.#unstable, taken })
  }

  /** In the functions its cases reach, is there anything left to find? */
  #hasOpenEdge({ entered }: Lane): boolean {
    return this.#setup.edges.some(({ owner }, edge) => !this.#seen[edge] && entered.has(owner))
  }

  #laneOf(test: Case): Lane | undefined {
    return this.#lanes.find(({ target }) => target.name === test.target)
  }

  #isOver(): boolean {
    if (this.#executions >= this.#setup.budget || this.#lanes.every(({ retired }) => retired)) return true
    return (
      this.#seen.length > 0 &&
      this.#executions > 40 * this.#lanes.length + 200 &&
      this.#seen.every((bits) => bits > 0)
    )
  }

  async #work(lane: Lane, times: number): Promise<void> {
    this.#setup.tell({ kind: 'progress', executions: this.#executions, target: lane.target.name })
    for (let time = 0; time < times; time++) await this.#try(lane, this.#next(lane))
    lane.tries += times
    lane.retired = lane.idle > this.#patience || (lane.tries > MIN_TRIES && !this.#hasOpenEdge(lane))
  }

  #next(lane: Lane): Case {
    const { random, mutator } = this.#setup
    const queued = lane.queue.shift()
    if (queued !== undefined) return queued
    if (lane.corpus.length === 0 || random.chance(0.25)) return lane.target.create()
    const kept = this.#pick(lane.corpus)
    kept.picked += 1
    if (kept.timed && random.chance(0.25)) return withWait(kept.test, random)
    const others = lane.corpus.map(({ test }) => test)
    return mutator.mutate(kept.test, lane.target, others)
  }

  /** Of three the least used one, so that new ones get their turn. */
  #pick(corpus: readonly KeptCase[]): KeptCase {
    const { random } = this.#setup
    const three = [random.pick(corpus), random.pick(corpus), random.pick(corpus)] as const
    return three.reduce((least, one) => (one.picked < least.picked ? one : least))
  }

  /** A case of many steps counts as several. */
  async #execute(test: Case, watching = false): Promise<CaseRun> {
    this.#setup.counts.fill(0)
    const running = this.#setup.run(test, watching)
    const run = running instanceof Promise ? await running : running
    this.#executions += 1 + Math.floor(this.#setup.stepsTaken() / STEPS_PER_EXECUTION)
    return run
  }

  /** Runs a case as if it were the first. */
  async #executeAfresh(test: Case): Promise<CaseRun> {
    if (this.#leavesTraces) this.#setup.reload()
    return this.#execute(test)
  }

  async #try(lane: Lane | undefined, test: Case): Promise<void> {
    if (lane === undefined) return
    lane.idle += 1
    const watching = this.#setup.random.chance(WATCHED_SHARE)
    const run = await this.#execute(test, watching)
    if (watching) this.#queueSome(lane, test)
    if (run.brokeAt !== undefined)
      return this.#try(lane, { ...test, steps: test.steps.slice(0, run.brokeAt + 1) })
    if (run.outcome.kind === 'unusable') return
    this.#noteFunctions(lane)
    const fresh = this.#freshEdges()
    if (fresh.length > 0) await this.#keep(lane, test, fresh)
    else if (this.#showsNewCount()) await this.#explore(lane, test)
    else await this.#considerCheaper(lane, test, run)
  }

  /** A few of the changes that the last run's comparisons suggest. */
  #queueSome(lane: Lane, test: Case): void {
    const { random, operands } = this.#setup
    const all = [...suggest(test, operands, random), ...this.#setup.suggestKinds(test, operands)]
    for (let time = 0; time < 6 && all.length > 0 && lane.queue.length < MAX_QUEUED; time++)
      lane.queue.push(random.pick(all))
  }

  /** Edges that were never taken. */
  #freshEdges(): readonly number[] {
    const { counts } = this.#setup
    const fresh: number[] = []
    for (let edge = 0; edge < counts.length; edge++) if (counts[edge] && !this.#seen[edge]) fresh.push(edge)
    return fresh
  }

  #noteFunctions({ entered }: Lane): void {
    const { counts, edges } = this.#setup
    for (let edge = 0; edge < counts.length; edge++)
      if (counts[edge]) entered.add((edges[edge] as BranchEdge).owner)
    for (let edge = 0; edge < counts.length; edge++)
      if (counts[edge] && edges[edge]?.kind === 'step') entered.add(edge)
  }

  #showsNewCount(): boolean {
    const { counts } = this.#setup
    for (let edge = 0; edge < counts.length; edge++)
      if (bitOf(counts[edge] ?? 0) & ~(this.#seen[edge] ?? 0)) return true
    return false
  }

  #mark(): void {
    const { counts } = this.#setup
    for (let edge = 0; edge < counts.length; edge++) {
      const bit = bitOf(counts[edge] ?? 0)
      if (bit) this.#seen[edge] = (this.#seen[edge] ?? 0) | bit | 1
    }
  }

  async #keep(lane: Lane, test: Case, fresh: readonly number[]): Promise<void> {
    await this.#lookForTraces(test, fresh)
    if (!(await this.#isStable(test))) {
      this.#unstable += 1
      this.#blame(fresh)
      return
    }
    const light = await simplify(
      test,
      this.#repaired(lane, test),
      (candidate) => this.#weigh(lane, candidate),
      async (candidate) => {
        const run = await this.#executeAfresh(candidate)
        return run.outcome.kind !== 'unusable' && fresh.every((edge) => (this.#setup.counts[edge] ?? 0) > 0)
      },
    )
    if (!(await this.#record(lane, light))) return
    lane.idle = 0
    if (light !== test) await this.#keepLarger(lane, test, light)
    await this.#explore(lane, light)
  }

  /** Edges that are taken only the first time tell of a cache. */
  async #lookForTraces(test: Case, fresh: readonly number[]): Promise<void> {
    if (this.#leavesTraces) return
    await this.#execute(test)
    this.#leavesTraces = fresh.some((edge) => !this.#setup.counts[edge])
  }

  async #isStable(test: Case): Promise<boolean> {
    // Errors of earlier cases may arrive only now: they do not count.
    await this.#setup.escaped()
    const first = await this.#executeAfresh(test)
    const second = await this.#executeAfresh(test)
    return sameObservation(first, second) && !(await this.#setup.escaped())
  }

  /** Edges that only unstable cases take are given up after some tries. */
  #blame(edges: readonly number[]): void {
    for (const edge of edges) {
      const count = (this.#blamed.get(edge) ?? 0) + 1
      this.#blamed.set(edge, count)
      if (count < MAX_BLAMED) continue
      this.#seen[edge] = 255
      this.#cheapest[edge] = 0
    }
  }

  /** A case may take many edges at once before it is made smaller. */
  async #keepLarger(lane: Lane, test: Case, light: Case): Promise<void> {
    await this.#executeAfresh(light)
    const fewer = this.#takenEdges().length
    await this.#executeAfresh(test)
    if (this.#takenEdges().length >= fewer + MIN_EXTRA_EDGES && weightOfCase(test) < MAX_WEIGHT)
      await this.#record(lane, test)
    await this.#explore(lane, test)
  }

  /** Keeps a case for later changes, and queues the cases that its comparisons suggest. */
  async #explore(lane: Lane, test: Case): Promise<void> {
    const run = await this.#execute(test, true)
    if (run.outcome.kind === 'unusable') return
    this.#mark()
    lane.corpus.push({ test, timed: run.uses.timers, picked: 0 })
    if (lane.queue.length < MAX_QUEUED)
      lane.queue.push(
        ...suggest(test, this.#setup.operands, this.#setup.random),
        ...this.#setup.suggestKinds(test, this.#setup.operands),
      )
  }

  /** Runs the case twice more and tells of it when it showed the same. */
  async #record(lane: Lane, test: Case): Promise<boolean> {
    const first = await this.#executeAfresh(test)
    const edges = this.#takenEdges()
    const second = await this.#executeAfresh(test)
    if (first.outcome.kind === 'unusable' || !sameObservation(first, second)) {
      this.#unstable += 1
      return false
    }
    const finding: CaseFinding = {
      test,
      observed: { outcome: first.outcome, uses: first.uses, awaits: first.awaits, waits: first.waits },
      edges,
      cost: this.#costOf(lane, test, first),
    }
    for (const edge of edges) this.#cheapest[edge] = Math.min(this.#cheapest[edge] ?? 0, finding.cost)
    this.#mark()
    this.#setup.tell({ kind: 'found', finding })
    return true
  }

  #repaired({ target }: Lane, test: Case): Case {
    const steps = test.steps.map((step) => {
      const signature = step.op === 'get' || step.op === 'wait' ? undefined : target.signature(step)
      return signature === undefined
        ? step
        : { ...step, of: repairCall(step.of, signature, this.#setup.named) }
    })
    return { ...test, steps }
  }

  #takenEdges(): readonly number[] {
    return [...this.#setup.counts.keys()].filter((edge) => (this.#setup.counts[edge] ?? 0) > 0)
  }

  /** Nothing new, but easier to read than the kept case. */
  async #considerCheaper(lane: Lane, test: Case, run: CaseRun): Promise<void> {
    const cost = this.#costOf(lane, test, run)
    const { counts } = this.#setup
    let cheaper = false
    for (let edge = 0; edge < counts.length && !cheaper; edge++)
      cheaper = (counts[edge] ?? 0) > 0 && cost < 0.75 * (this.#cheapest[edge] ?? 0)
    if (cheaper) await this.#record(lane, test)
  }

  /** The cost of the input for a reader: its size, and each part that the types do not allow. */
  #weigh({ target }: Lane, test: Case): number {
    const { named } = this.#setup
    const wrong = test.steps.reduce((total, step) => {
      const signature = target.signature(step)
      return signature === undefined || step.op === 'get'
        ? total
        : total + mismatchesOfCall(step.of, signature, named)
    }, 0)
    return weightOfCase(test) + MISMATCH_COST * wrong
  }

  /** The cost of the input, and more for a test that asserts little or has to fix chance or time. */
  #costOf(lane: Lane, test: Case, run: CaseRun): number {
    const { chance, clock, timers, folder } = run.uses
    const pinned = [chance, clock, timers, folder].filter(Boolean).length
    return this.#weigh(lane, test) + costOfOutcome(run.outcome) + 2 * pinned
  }
}

/** The same, and then some time passes. */
function withWait(test: Case, random: Random): Case {
  const times = numbersIn(test).filter((time) => time > 0 && time < 1e6)
  const time = random.chance(0.7) && times.length > 0 ? random.pick(times) : random.pick([1, 10, 100, 1000])
  return { ...test, steps: [...test.steps, { op: 'wait', on: { step: 0 }, of: [constant(time)] }] }
}

function numbersIn(test: Case): readonly number[] {
  const found: number[] = []
  mapConstants(test, (value) => {
    if (typeof value === 'number') found.push(value)
    return value
  })
  return found
}

/** Once, twice, up to 4, up to 8, more. */
function bitOf(count: number): number {
  if (count === 0) return 0
  if (count <= 2) return 1 << (count - 1)
  return count <= 4 ? 4 : count <= 8 ? 8 : 16
}

function costOfOutcome(outcome: CaseOutcome): number {
  if (outcome.kind === 'unusable') return 100
  if (outcome.kind === 'threw') return outcome.thrown.message === undefined ? 6 : 1
  return outcome.readings.reduce(
    (total, { sees }) => total + (sees.kind === 'equal' ? weight(sees.value) / 4 : 2),
    0,
  )
}
