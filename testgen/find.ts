// Find
//
// Owns:   a whole search, over as many starts of the program as it takes.
// Leaves: the search itself (search/), the process (child-process.ts).
//
// R1. Findings survive the end of the program: each was sent when it was made.

import { runChildProcess, searchSwitches } from './child-process.ts'
import type { CaseFinding, SearchNews, SearchTask } from './tasks.ts'

export interface SearchResult {
  readonly findings: readonly CaseFinding[]
  readonly unstable: number
  readonly executions: number
  readonly notes: readonly string[]
  readonly unloadable?: string
}

const MAX_STARTS = 4
const MAX_IDLE_CPU_MS = 4000
const MAX_CPU_MS = 45_000
const environment = { TZ: 'UTC', LANG: 'en_US.UTF-8', NODE_ENV: 'test' }

export async function find(
  task: Omit<SearchTask, 'kind' | 'start' | 'avoid'>,
  tell: (executions: number) => void,
): Promise<SearchResult> {
  const findings: CaseFinding[] = []
  const notes: string[] = []
  const avoid: string[] = []
  let executions = 0
  let unstable = 0
  let unloadable: string | undefined
  for (let start = 0; start < MAX_STARTS; start++) {
    let at = ''
    let broken: string | undefined
    let before = executions
    const receive = (message: unknown) => {
      const news = message as SearchNews
      if (news.kind === 'found') findings.push(news.finding)
      else if (news.kind === 'unloadable') unloadable = news.reason
      else if (news.kind === 'broken') broken = news.reason
      else if (news.kind === 'progress') {
        executions = before + news.executions
        at = news.target
        tell(executions)
      } else if (news.kind === 'finished') {
        executions = before + news.executions
        unstable += news.unstable
      }
    }
    const order: SearchTask = {
      ...task,
      kind: 'search',
      seed: `${task.seed}:${start}`,
      budget: Math.max(1, task.budget - executions),
      start: findings.map(({ test }) => test),
      avoid,
    }
    const end = await runChildProcess({
      task: order,
      switches: searchSwitches,
      environment,
      idleCpuMs: MAX_IDLE_CPU_MS,
      maxCpuMs: MAX_CPU_MS,
      receive,
    })
    if (broken !== undefined) throw new Error(broken)
    if (end === 'finished' || executions >= task.budget) break
    if (end === 'spent') {
      notes.push('the search was ended early: the code under test is slow')
      break
    }
    notes.push(
      `${at === '' ? 'loading the module' : at} ${end === 'hung' ? 'did not end' : 'ended the program'}`,
    )
    if (at === '') {
      unloadable = `loading the module ${end === 'hung' ? 'does not end' : 'ends the program'}`
      break
    }
    if (start > 0) avoid.push(at)
    before = executions
  }
  return { findings, unstable, executions, notes, ...(unloadable === undefined ? {} : { unloadable }) }
}
