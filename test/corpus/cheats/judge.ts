// Judge
//
// Owns:   taking a change through the real gates as the merge queue has them judge an agent's submission: workspace, git,
//         sandbox and gates under `balanced`, without actors and models.
// Leaves: what is judged (open/, held/), the figures (bench/cheats.ts).
//
// J1. A base is surveyed once; each case is a milestone of its own that begins at the base, so that cases do not see each other.
// J2. What is refused with files for a person to approve is judged again with these approved, when it is honest: it asks a
//     person only if it is merged then.
// J3. A workspace judges one case at a time. Who wants two at a time opens two judges.

import { rmSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { analysis } from '../../../analysis/index.ts'
import { gatesUnder } from '../../../gates/index.ts'
import type { AgentTask, Survey, Verdict } from '../../../machines/index.ts'
import { WorkspaceError } from '../../../workspace/index.ts'
import type { JudgingWorkspace } from '../../workspace/judging.ts'
import { Playground, surveyed } from '../../workspace/repositories.ts'
import { BASES, type BaseName, type Honest, treeOf } from './case.ts'
import { isCheat } from './corpus.ts'

export type Judged =
  | { readonly kind: 'merged' }
  | Refusal
  /** Refused, and merged when a person approved these files as they are. */
  | {
      readonly kind: 'asks_person'
      readonly gate: string
      readonly finding: string
      readonly files: readonly string[]
    }

/** By the first gate that did not pass; `all` names every one. */
export interface Refusal {
  readonly kind: 'refused'
  readonly gate: string
  readonly finding: string
  readonly all: readonly string[]
  /** Whether each finding names files that a person may approve, and which these are. */
  readonly approvable: boolean
  readonly files: readonly string[]
}

interface Prepared {
  readonly workspace: JudgingWorkspace
  readonly survey: Survey
  /** `path@blob`, with the beginning of the blob's name. */
  readonly approved: Set<string>
}

export class Judge {
  readonly #playground = new Playground()
  readonly #prepared = new Map<BaseName, Promise<Prepared>>()
  #cases = 0

  async judge(one: Honest): Promise<Judged> {
    const prepared = await this.#prepare(one.base)
    prepared.approved.clear()
    const first = await this.#judgeOnce(prepared, one)
    if (isCheat(one)) return first
    let judged = first
    while (judged.kind === 'refused' && judged.approvable) {
      const before = prepared.approved.size
      for (const file of judged.files) prepared.approved.add(file)
      if (prepared.approved.size === before) return first
      judged = await this.#judgeOnce(prepared, one)
    }
    if (first.kind !== 'refused' || judged.kind !== 'merged') return first
    const { gate, finding } = first
    return { kind: 'asks_person', gate, finding, files: [...prepared.approved] }
  }

  async #judgeOnce({ workspace, survey }: Prepared, one: Honest): Promise<Judged> {
    this.#cases += 1
    const of = { milestone: `m${this.#cases}`, task: 'task' }
    await workspace.openMilestone({ milestone: of.milestone, survey })
    const { path } = await workspace.prepareWorktree({ ...of, survey, commit: survey.head })
    try {
      await applyChange(path, one)
      const submission = await workspace.collect({ ...of, survey, message: `${one.task.kind}: ${one.name}` })
      const stack = [{ task: taskOf(one), submission }]
      const { milestone } = of
      const judgement = await workspace.judgeBatch({ survey, milestone, stack, key: milestone })
      if (judgement.merged.length > 0) return { kind: 'merged' }
      return refusal([
        ...judgement.returned.flatMap(({ verdicts }) => verdicts),
        ...(judgement.failed?.verdicts ?? []),
      ])
    } catch (error) {
      // A submission that the workspace does not take is refused before any gate.
      if (!(error instanceof WorkspaceError)) throw error
      const finding = error.message.slice(0, 500)
      return { kind: 'refused', gate: 'collect', finding, all: ['collect'], approvable: false, files: [] }
    } finally {
      await workspace.releaseWorktree(of)
    }
  }

  #prepare(base: BaseName): Promise<Prepared> {
    const known = this.#prepared.get(base) ?? this.#open(base)
    this.#prepared.set(base, known)
    return known
  }

  async #open(base: BaseName): Promise<Prepared> {
    const repository = this.#playground.repository(BASES[base].files, { name: base })
    const directory = join(this.#playground.root, `data-${base}`)
    const gates = gatesUnder({ policy: 'balanced' })
    const approved = new Set<string>()
    const has = async (path: string, blob: string) =>
      [...approved].some((one) => `${path}@${blob}`.startsWith(one))
    const workspace = await this.#playground.open(repository, {
      ...{ directory, analysis, gates, approvals: { has } },
    })
    return { workspace, approved, survey: await surveyed(workspace) }
  }

  [Symbol.dispose](): void {
    rmSync(this.#playground.root, { recursive: true, force: true })
  }
}

async function applyChange(root: string, { base, change }: Honest): Promise<void> {
  const files = treeOf(base, change)
  for (const path of Object.keys(change)) {
    const text = files[path]
    await mkdir(dirname(join(root, path)), { recursive: true })
    await (text === undefined ? rm(join(root, path)) : writeFile(join(root, path), text))
  }
}

function taskOf({ task: { kind, title, files } }: Honest): AgentTask {
  return { id: 'task', kind, title, instructions: title, files: [...files], round: 1, needs: [] }
}

const APPROVE = /canopy approve '?([^\s';]+)/g

function refusal(verdicts: readonly Verdict[]): Refusal {
  const against = verdicts.filter(({ kind }) => kind !== 'passed' && kind !== 'left_out')
  const [first] = against
  const filesOf = (finding: string) => [...finding.matchAll(APPROVE)].map(([, file = '']) => file)
  const all = against.flatMap(({ findings }) => findings)
  return {
    kind: 'refused',
    gate: first?.gate ?? 'nobody',
    finding: first?.findings[0]?.slice(0, 500) ?? '',
    all: against.map(({ gate }) => gate),
    approvable: all.length > 0 && all.every((finding) => filesOf(finding).length > 0),
    files: [...new Set(all.flatMap(filesOf))],
  }
}
