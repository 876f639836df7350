// A change that a model hands in, judged by the real workspace under a planner that named the file.

import { rmSync } from 'node:fs'
import { analysis } from '../../../analysis/index.ts'
import type { AgentTask } from '../../../machines/index.ts'
import { judgeFiles } from '../../workspace/judging.ts'
import { NODE_TEST, Playground, surveyed } from '../../workspace/repositories.ts'

/** Hands in changes to a repository of these files, which is made when the first one comes. */
export function submitterTo(files: Readonly<Record<string, string>>) {
  const opened = lazily(async () => {
    const playground = new Playground()
    process.once('exit', () => rmSync(playground.root, { recursive: true, force: true }))
    const workspace = await playground.open(playground.repository(files), { analysis })
    const survey = await surveyed(workspace)
    await workspace.openMilestone({ milestone: 'm', survey })
    return { workspace, survey }
  })
  /** `id`: another one for each change. */
  return async (id: string, [path, source]: readonly [string, string]) => {
    const { workspace, survey } = await opened()
    const { tip: commit } = await workspace.milestone({ milestone: 'm' })
    const words = { title: 'more', instructions: 'more', round: 1, needs: [] }
    const task: AgentTask = { id, kind: 'code', files: [path], ...words }
    return judgeFiles(workspace, { survey, milestone: 'm', commit, task, files: { [path]: source } })
  }
}

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}

export const submitted = submitterTo(NODE_TEST)
