// A node, or whoever holds its credential, gives names that are paths, or options of git, in place of ids and commits.

import { join } from 'node:path'
import type { Survey } from '../../../machines/index.ts'
import { NODE_TEST, surveyed, taskFor } from '../../workspace/repositories.ts'
import { type Attack, succeeded } from '../attack.ts'
import { type Canary, told, withCanary } from './canary.ts'

type Workspace = Awaited<ReturnType<Canary['playground']['open']>>

interface Place {
  readonly workspace: Workspace
  readonly survey: Survey
  readonly outside: string
}

const toOutside = (outside: string) => `--output=${join(outside, 'written')}`

/** What is asked for, by what is odd about the name. */
const ASKED: Readonly<Record<string, (place: Place) => Promise<unknown>>> = {
  'a submitted commit that is an option of git': ({ workspace, survey, outside }) => {
    const submission = { commit: toOutside(outside), files: [], cases: 1 }
    const order = { survey, milestone: 'm', task: taskFor(survey, 'src/color.ts', 't'), submission, key: 'k' }
    return workspace.integrate(order)
  },
  'a measured commit that is one': ({ workspace, survey, outside }) =>
    workspace.measure({ survey, commit: toOutside(outside) }),
  'a known commit that is one': ({ workspace, survey, outside }) =>
    workspace.exchange.packCode({ commit: survey.head, known: toOutside(outside) }),
  'a start that is one': ({ workspace, survey, outside }) =>
    workspace.openMilestone({ milestone: 'n', survey, from: toOutside(outside) }),
  'a milestone that is a path out of the references': ({ workspace, survey }) =>
    workspace.openMilestone({ milestone: '../../../../outside', survey }),
  'a survey that is a path to a file': ({ workspace, survey }) =>
    workspace.prepareWorktree({
      ...{ milestone: 'm', task: 't', commit: survey.head },
      survey: { head: '../../../outside/secret' },
    }),
}

export const attack: Attack = {
  title: 'A node gives paths and options of git for the names of milestones, tasks and commits',
  play: () =>
    withCanary(async ({ playground, outside, repository }) => {
      const workspace = await playground.open(repository(NODE_TEST))
      const survey = await surveyed(workspace)
      await workspace.openMilestone({ milestone: 'm', survey })
      const said: string[] = []
      for (const [what, ask] of Object.entries(ASKED)) {
        const answer = await ask({ workspace, survey, outside }).then(
          (value) => ({ taken: value }),
          (error: { code?: string }) => error,
        )
        if (!('code' in answer) || answer.code !== 'bad_name')
          return succeeded(`${what} was not refused for what it is: ${told(answer)}`)
        said.push(what)
      }
      return `refused by name: ${said.join(', ')}`
    }),
}
