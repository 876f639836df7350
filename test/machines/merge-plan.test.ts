// Any submissions, of which some are bad by themselves, some only together and some refused by their own gates, and any
// flakes: what is merged is what judging one after the other would merge, in a bounded number of runs.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type BatchJudgement,
  type Conclusion,
  concluded,
  type MergePlan,
  noPlan,
  trialOf,
  withEntry,
  withTrial,
} from '../../machines/index.ts'
import { count } from './samples.ts'

const change = { branches: count(0, 0), statements: count(0, 0), modules: [] }
const nothing: BatchJudgement = { returned: [], merged: [], measurement: null, failed: null }
const red = [{ gate: 'tests', kind: 'failed' as const, findings: ['red'] }]

interface World {
  readonly submissions: number
  readonly bad: readonly number[]
  /** Two that are good alone and do not pass together. */
  readonly pairs: readonly (readonly [number, number])[]
  /** Those that their own gates refuse. */
  readonly refused: readonly number[]
  /** Runs that fail by chance, by their number. */
  readonly flakes: readonly number[]
  /** After how many runs each comes; those not named are there from the start. */
  readonly arrivals: readonly number[]
  readonly most: number
}

interface Story {
  readonly merged: number[]
  readonly returned: number[]
  readonly flaky: number
  readonly runs: number
  /** What was judged, as the trees: all merged so far and those on top. */
  readonly trees: string[]
}

const passes = ({ bad, pairs }: World, tree: readonly number[]): boolean =>
  !tree.some((one) => bad.includes(one)) && !pairs.some((pair) => pair.every((one) => tree.includes(one)))

function tell(world: World, touched: (entry: number) => string[] = (entry) => [`${entry}`]): Story {
  const story = { merged: [] as number[], returned: [] as number[], flaky: 0, runs: 0, trees: [] as string[] }
  const coming = Array.from({ length: world.submissions }, (_, entry) => entry)
  let plan: MergePlan<number> = noPlan()
  const arrive = (): void => {
    while (coming[0] !== undefined && (world.arrivals[coming[0]] ?? 0) <= story.runs)
      plan = withEntry(plan, coming.shift() ?? 0)
  }
  for (arrive(); plan.waiting.length > 0 || coming.length > 0; arrive()) {
    if (plan.waiting.length === 0) plan = withEntry(plan, coming.shift() ?? 0)
    plan = withTrial(plan, world.most, touched)
    story.runs += 1
    if (story.runs > 10_000) throw new Error('it does not end')
    const stack = trialOf(plan)
    const { answers, flaky, ...next }: Conclusion<number> = concluded(plan, judge(world, story, stack, plan))
    plan = next.plan
    story.flaky += flaky.length
    for (const { kind, entry } of answers) story[kind].push(entry)
  }
  return story
}

/** As the workspace does it: what own gates refuse is taken out first, then the tree of the others is judged. */
function judge(
  world: World,
  { merged, runs, trees }: Story,
  stack: readonly number[],
  plan: MergePlan<number>,
): BatchJudgement {
  const returned = stack.flatMap((entry, at) =>
    world.refused.includes(entry) ? [{ at, verdicts: red }] : [],
  )
  const good = stack.filter((entry) => !world.refused.includes(entry))
  if (good.length === 0) return { ...nothing, returned }
  const tree = [...merged, ...good]
  trees.push(tree.join(' '))
  const isRed = !passes(world, tree)
  // By chance no test fails twice in a row.
  const isFlake = plan.doubtful === null && world.flakes.includes(runs)
  if (isRed || isFlake) return { ...nothing, returned, failed: { verdicts: red, doubtful: ['old'] } }
  const merges = stack.flatMap((entry, at) =>
    good.includes(entry) ? [{ at, commit: `c${entry}`, change, verdicts: [] }] : [],
  )
  return { ...nothing, returned, merged: merges }
}

/** Judged one after the other. */
function serially(world: World, order: readonly number[]): { merged: number[]; returned: number[] } {
  const merged: number[] = []
  const returned: number[] = []
  for (const entry of order) {
    const isGood = !world.refused.includes(entry) && passes(world, [...merged, entry])
    ;(isGood ? merged : returned).push(entry)
  }
  return { merged, returned }
}

const some = fc.array(fc.nat(24), { maxLength: 8 })
const worlds: fc.Arbitrary<World> = fc.record({
  submissions: fc.nat(25),
  bad: some,
  pairs: fc
    .array(fc.tuple(fc.nat(24), fc.nat(24)), { maxLength: 6 })
    .map((pairs) => pairs.filter(([a, b]) => a !== b)),
  refused: some,
  flakes: fc.array(fc.nat(60), { maxLength: 20 }),
  arrivals: fc.array(fc.nat(12), { maxLength: 25 }),
  most: fc.integer({ min: 1, max: 9 }),
})
const sorted = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)

describe('a merge plan', () => {
  it('merges what judging one after the other would merge, and gives back the rest, each once', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { merged, returned } = tell(world)
        const order = Array.from({ length: world.submissions }, (_, entry) => entry)
        const serial = serially(world, order)
        expect(merged).toEqual(serial.merged)
        expect(sorted(returned)).toEqual(serial.returned)
        expect(new Set([...merged, ...returned]).size).toBe(merged.length + returned.length)
      }),
      { numRuns: 1_000 },
    )
  })

  it('merges only trees that passed', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { merged, trees } = tell(world)
        expect(passes(world, merged)).toBe(true)
        if (merged.length > 0) expect(trees).toContain(merged.join(' '))
      }),
    )
  })

  it('needs few runs: log2 of a batch for each that is given back', () => {
    fc.assert(
      fc.property(worlds, (drawn) => {
        const world = { ...drawn, arrivals: [] }
        const { returned, runs } = tell(world)
        const { submissions, most } = world
        const isRefused = (entry: number) => world.refused.includes(entry)
        const found = returned.filter((entry) => !isRefused(entry)).length
        const refused = returned.length - found
        const struck = world.flakes.filter((run) => run >= 1 && run <= runs).length
        const search = Math.ceil(Math.log2(most))
        // A batch twice, the search, and the one that was found once more; a flake may begin a search for nothing.
        const searching = (found + struck) * (3 + search)
        // Each that is given back begins a new batch, and makes the next ones smaller for a while.
        const batches = Math.ceil(submissions / most) + 5 * (found + struck) + 2 * refused
        expect(runs).toBeLessThanOrEqual(searching + batches)
      }),
      { numRuns: 1_000 },
    )
  })

  it('says of each flake that it was one', () => {
    fc.assert(
      fc.property(worlds, (drawn) => {
        const world = { ...drawn, bad: [], pairs: [], refused: [] }
        const { merged, returned, flaky, runs } = tell(world)
        expect(returned).toEqual([])
        expect(merged.length).toBe(world.submissions)
        const struck = new Set(world.flakes.filter((run) => run >= 1 && run <= runs))
        // A flake in the verification at a tree is none: the model leaves it out.
        expect(flaky).toBeLessThanOrEqual(struck.size)
        if (struck.has(1) && world.submissions > 0) expect(flaky).toBeGreaterThan(0)
      }),
    )
  })

  it('keeps the order of those that touch the same, and never judges two of them for the first time together', () => {
    fc.assert(
      fc.property(worlds, (drawn) => {
        const world = { ...drawn, bad: [], pairs: [], refused: [] }
        const touched = (entry: number) => [`file ${entry % 4}`]
        const { merged, trees } = tell(world, touched)
        for (const file of [0, 1, 2, 3]) {
          const of = merged.filter((entry) => entry % 4 === file)
          expect(of).toEqual(sorted(of))
        }
        let before = 0
        for (const tree of new Set(trees)) {
          const added = tree.split(' ').map(Number).slice(before)
          expect(new Set(added.map((entry) => entry % 4)).size).toBe(added.length)
          before += added.length
        }
      }),
    )
  })
})
