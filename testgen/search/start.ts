// Start
//
// Owns:   putting a search together from a task and a loaded module.
// Leaves: the parts.

import type { Bench } from '../inside/bench.ts'
import { runCase, somethingEscaped } from '../inside/run-case.ts'
import { createRandom } from '../random.ts'
import type { SearchNews, SearchTask } from '../tasks.ts'
import { createGenerator } from './generate.ts'
import { createKindSuggestions } from './kinds.ts'
import { createMutator } from './mutate.ts'
import { search } from './search.ts'
import { findTargets } from './targets.ts'

export interface SearchStart {
  readonly task: SearchTask
  readonly bench: Bench
  readonly tell: (news: SearchNews) => void
}

export async function startSearch({ task, bench, tell }: SearchStart): Promise<void> {
  const random = createRandom(task.seed)
  const generator = createGenerator(task.analysis, random)
  const all = findTargets(task.analysis, bench.code.exports, generator, random)
  const targets = all.filter(({ name }) => !task.avoid.includes(name))
  tell({ kind: 'loaded', targets: targets.map(({ name }) => name) })
  await search({
    targets,
    named: task.analysis.named,
    mutator: createMutator(task.analysis, generator, random),
    suggestKinds: createKindSuggestions(generator, (value) => bench.code.pathOf(value), random),
    random,
    budget: task.budget,
    start: task.start,
    covered: task.covered,
    run: (test, watching) => runCase(bench, test, watching),
    escaped: () => somethingEscaped(bench),
    counts: bench.counts,
    edges: task.modules[0]?.edges ?? [],
    operands: bench.probes.operands,
    stepsTaken: () => bench.probes.stepsTaken,
    reload: () => bench.reload(),
    tell,
  })
}
