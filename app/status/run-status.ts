// Run status
//
// Owns:   what `canopy status` is answered: the view of the run folded from its facts, in plain figures.
//
// R1. Pauses are read from the actors themselves, so they include those from before a restart.

import type { ActorView } from '../../actors/index.ts'
import type { ActorRecord } from '../../kernel/index.ts'
import type { RunFact } from '../../machines/index.ts'
import type { Totals } from '../run/output.ts'
import type { RunSettings } from '../settings/settings.ts'
import { isPaused, stateText } from '../words.ts'
import { withBegunBefore } from './begun-before.ts'
import type { ModelStatuses } from './model-standing.ts'
import type { Status } from './status-answer.ts'
import { emptyView, project, taskCounts } from './view.ts'

interface RunStatus {
  take(fact: RunFact): void
  /** The records tell what an earlier process began. */
  now(actors: readonly ActorView[], records?: readonly ActorRecord[]): Status
}

export function runStatus(
  { repository, workers }: RunSettings,
  totals: () => Totals,
  standing: () => ModelStatuses = () => ({}),
): RunStatus {
  let view = emptyView
  return {
    take(fact) {
      view = project(view, fact, Date.now())
    },
    now(actors, records = []) {
      view = withBegunBefore(view, records)
      const { milestone, coverage, report, forPerson } = view
      const paused = actors.filter(({ state }) => isPaused(state))
      // A single orchestrator that is paused stops its milestone, not the run.
      const all = paused.some(({ kind }) => kind === 'supervisor' || kind === 'pool')
      const budget = budgetState(actors)
      return {
        state: report ? 'ending' : all ? 'paused' : (budget ?? 'working'),
        ...(paused.length > 0 && { paused: paused.map(({ address }) => address) }),
        repository,
        milestone: milestone?.id ?? null,
        branch: milestone?.branch ?? null,
        goal: milestone?.goal ?? null,
        branches: coverage ?? null,
        tasks: { ...taskCounts(view) },
        ...(forPerson.length > 0 && {
          forPerson: forPerson.map(({ milestone, task, subject }) => `${subject} (${milestone}/${task})`),
        }),
        ...(Object.keys(standing()).length > 0 && { models: standing() }),
        workers,
        ...totals(),
      }
    },
  }
}

/** Why nothing more that costs something is begun; undefined when it is. */
function budgetState(actors: readonly ActorView[]): 'out_of_quota' | 'at_cap' | undefined {
  const budget = actors.find(({ kind }) => kind === 'budget')
  const state = stateText(budget?.state)
  return (['out_of_quota', 'at_cap'] as const).find((each) => state.includes(each))
}
