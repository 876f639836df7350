// Start
//
// Owns:   putting a search together from a task and a loaded module.
// Leaves: the parts.

import type { ModuleScope } from '../inside/module-scope.ts'
import type { Operands } from '../inside/probes.ts'
import { type Bench, runCase, somethingEscaped } from '../inside/run-case.ts'
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
  readonly scope: ModuleScope
  readonly operands: readonly Operands[]
  readonly tell: (news: SearchNews) => void
}

export async function startSearch({ task, bench, scope, operands, tell }: SearchStart): Promise<void> {
  const random = createRandom(task.seed)
  const generator = createGenerator(task.analysis, random)
  const all = findTargets(task.analysis, bench.exports, generator, random)
  const targets = all.filter(({ name }) => !task.avoid.includes(name))
  tell({ kind: 'loaded', targets: targets.map(({ name }) => name) })
  await search({
    targets,
    named: task.analysis.named,
    mutator: createMutator(task.analysis, generator, random),
    suggestKinds: createKindSuggestions(generator, bench.pathOf, random),
    random,
    budget: task.budget,
    start: task.start,
    covered: task.covered,
    run: (test, watching) => runCase(bench, test, watching),
    escaped: () => somethingEscaped(bench),
    counts: scope.counts,
    edges: task.modules[0]?.edges ?? [],
    operands,
    tell,
  })
}
