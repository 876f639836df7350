// A node, or whoever holds its credential, gives names that are paths, or options of git, in place of ids and commits.

import { join } from 'node:path'
import { NODE_TEST, surveyed, taskFor } from '../../workspace/repositories.ts'
import type { Attack } from '../attack.ts'
import { type Canary, told, withCanary } from './canary.ts'

type Workspace = Awaited<ReturnType<Canary['playground']['open']>>
type Survey = Awaited<ReturnType<typeof surveyed>>

function named(
  title: string,
  act: (workspace: Workspace, survey: Survey, outside: string) => Promise<unknown>,
): Attack {
  return {
    title,
    play: () =>
      withCanary(async ({ playground, outside, repository }) => {
        const workspace = await playground.open(repository(NODE_TEST))
        const survey = await surveyed(workspace)
        await workspace.openMilestone({ milestone: 'm', survey })
        const said = await act(workspace, survey, outside).then(
          (value) => `it was taken: ${told(value)}`,
          told,
        )
        return said
      }),
  }
}

const toOutside = (outside: string) => `--output=${join(outside, 'written')}`

export const attacks: Record<string, Attack> = {
  'commit-is-an-option': named(
    'A submitted commit is an option of git that writes a file',
    (workspace, survey, outside) => {
      const submission = { commit: toOutside(outside), files: [], cases: 1 }
      const order = {
        survey,
        milestone: 'm',
        task: taskFor(survey, 'src/color.ts', 't'),
        submission,
        key: 'k',
      }
      return workspace.integrate(order)
    },
  ),
  'head-is-an-option': named('The commit of a survey is an option of git', (workspace, survey, outside) =>
    workspace.measure({ survey, commit: toOutside(outside) }),
  ),
  'known-is-an-option': named(
    'The commit that a node says it has is an option of git',
    (workspace, survey, outside) =>
      workspace.exchange.packCode({ commit: survey.head, known: toOutside(outside) }),
  ),
  'milestone-is-a-path': named('A milestone is a path out of the references', (workspace, survey) =>
    workspace.openMilestone({ milestone: '../../../../outside', survey }),
  ),
  'start-is-an-option': named('A milestone grows from an option of git', (workspace, survey, outside) =>
    workspace.openMilestone({ milestone: 'n', survey, from: toOutside(outside) }),
  ),
  'survey-is-a-path': named(
    'The commit of a survey is a path to a file of the user',
    (workspace, survey, outside) =>
      workspace.prepareWorktree({
        ...{ milestone: 'm', task: 't', commit: survey.head },
        survey: { head: `../../../outside/${outside.length}` },
      }),
  ),
}
