// Workspace away
//
// Owns:   a workspace on a machine without the repository: it fetches the files it needs and sends its work.
// Leaves: everything that a workspace does once it has the code (workspace/).
//
// A1. A file that is here is not fetched again; one that two workers want at once is fetched once.

import { parseJson } from '../../kernel/index.ts'
import { type Submission, type Survey, surveySchema } from '../../machines/index.ts'
import type { Objects } from '../../transport/index.ts'
import type { PrepareOrder, SurveyOf, Workspace, WorkspaceExchange } from '../../workspace/index.ts'
import type { Ask } from './asking.ts'
import { inBox } from './boxes.ts'
import { fetchText, sendFile, together, withFile, withFiles } from './object-files.ts'

interface AwayOptions {
  readonly workspace: Workspace
  /** Its own. */
  readonly objects: Objects
  readonly member: string
  readonly ask: Ask
}

/** The same workspace, for workers that do not know how far they are from the repository. */
export function awayWorkspace({ workspace, objects, member, ask }: AwayOptions): Workspace {
  const { exchange } = workspace
  const once = together()
  const code = codeFetcher(exchange, objects, ask)
  const starts = new Map<string, string>()
  /** Fitted at home: here is no history to fit it by. */
  const fitted = async ({ milestone, task, commit, carry }: PrepareOrder & { carry: string }) => {
    const { commit: carried } = await ask('node-carry', { milestone, task, commit, carry })
    if (carried === null) return undefined
    await code(carried)
    return carried
  }
  const sent = async (of: { milestone: string; task: string }, submission: Submission) => {
    const { milestone, task } = of
    const { commit } = submission
    const bundle = `work/${commit}`
    await sendFile(objects, bundle, await exchange.packWork({ milestone, task, commit }))
    return { ...submission, bundle: inBox(member, bundle) }
  }
  return {
    ...workspace,
    async roundStart({ milestone, round }) {
      const known = starts.get(`${milestone} ${round}`)
      if (known !== undefined) return known
      const { commit } = await ask('node-start', { milestone, round })
      starts.set(`${milestone} ${round}`, commit)
      return commit
    },
    async milestone(order) {
      const found = await ask('node-milestone', order)
      // Comparing the two shows its changes.
      for (const commit of [found.start, found.tip]) await once(`code ${commit}`, () => code(commit))
      await exchange.takeMilestone(found)
      return found
    },
    async prepareWorktree({ carry, ...order }) {
      await once('code', () => code(order.commit))
      await once(`site ${order.survey.head}`, () => fetchSite(exchange, objects, ask, order.survey))
      // Another commit may have been on its way when this one was asked for.
      await code(order.commit)
      const carried = carry === undefined ? undefined : await fitted({ ...order, carry })
      return workspace.prepareWorktree({ ...order, carried })
    },
    async taken({ survey: { head }, commit, module }) {
      return (await ask('node-taken', { head, commit, module })).arms
    },
    submit: async (order) => sent(order, await workspace.submit(order)),
    collect: async (order) => sent(order, await workspace.collect(order)),
  }
}

function codeFetcher(
  exchange: WorkspaceExchange,
  objects: Objects,
  ask: Ask,
): (commit: string) => Promise<void> {
  let known: string | null = null
  return async (commit) => {
    if (await exchange.hasCommit(commit)) return
    const { object } = await ask('node-code', { commit, known })
    await withFile(objects, object, (file) => exchange.takeCode({ commit, file }))
    known = commit
  }
}

async function fetchSite(
  exchange: WorkspaceExchange,
  objects: Objects,
  ask: Ask,
  { head }: SurveyOf,
): Promise<void> {
  if (await exchange.survey({ head })) return
  const site = await ask('node-site', { head, archives: false })
  const survey: Survey = surveySchema.parse(parseJson(await fetchText(objects, site.survey)))
  const dependencies = exchange.ownPackages() ?? (await fetchDependencies(exchange, objects, ask, survey))
  await exchange.takeSurvey({ ...survey, dependencies })
}

async function fetchDependencies(
  exchange: WorkspaceExchange,
  objects: Objects,
  ask: Ask,
  survey: Survey,
): Promise<string> {
  const { head, dependencies } = survey
  const { key, archives } = await ask('node-site', { head, archives: true })
  const names = archives.map(({ object }) => object)
  return withFiles(objects, names, (files) =>
    exchange.takeDependencies({
      dependencies,
      key,
      archives: archives.map(({ root }, at) => ({ root, file: files[at] ?? '' })),
    }),
  )
}
