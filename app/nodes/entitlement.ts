// Entitlement
//
// Owns:   what a node may ask home for: that it asks for itself, and only about the work that its pool gave it.
// Leaves: the files it then gets (home-server.ts), the identity of the sender (transport/).
//
// E1. A commit is given to a node whose worker works on the milestone that it belongs to, or that was told of it; nobody
//     gets one by its name alone.

import type { Address } from '../../kernel/index.ts'
import type { Assignment } from '../../machines/index.ts'
import { memberOf } from '../../transport/index.ts'
import type { MilestoneCommits } from '../../workspace/index.ts'
import type { NodeRegistry } from './node-registry.ts'
import { HOME, nodeAddress, nodeMember, unitOf } from './presence.ts'
import type { RequestInput, RequestName, RequestOutput } from './requests.ts'

export interface EntitlementOptions {
  readonly registry: Pick<NodeRegistry, 'look'>
  readonly workspace: Pick<MilestoneCommits, 'milestone'>
  /** What the workers of a node have in hand. */
  inHand(node: Address): readonly Assignment[]
}

export interface Entitlement {
  /** Why the sender may not ask for this, as a sentence; undefined when it may. */
  refusal<Name extends RequestName>(
    name: Name,
    input: RequestInput<Name>,
    sender: string,
  ): Promise<string | undefined>
  /** The files it was entitled to. */
  note<Name extends RequestName>(name: Name, output: RequestOutput<Name>, sender: string): void
}

export function openEntitlement({ registry, workspace, inHand }: EntitlementOptions): Entitlement {
  /** Commits that a node was told of, by its member. */
  const told = new Map<string, Set<string>>()
  const workOf = async (sender: string): Promise<readonly Assignment[]> => {
    const lives = (await registry.look()).filter(({ name }) => nodeMember(name) === sender)
    return lives.flatMap(({ name, epoch }) => inHand(nodeAddress(name, epoch)))
  }
  const mayHave = async (commit: string, sender: string, work: readonly Assignment[]): Promise<boolean> => {
    if (told.get(sender)?.has(commit) || work.some(({ site }) => site.head === commit)) return true
    for (const milestone of new Set(work.map(({ line }) => line.milestone))) {
      const { start, tip } = await workspace.milestone({ milestone })
      if (commit === start || commit === tip) return true
    }
    return false
  }
  const checks: Checks = {
    'node-join': async ({ name }, sender) => nodeMember(name) === sender,
    'node-leave': async ({ name }, sender) => nodeMember(name) === sender,
    // Its unit is named for the sender: a consumer of no other can be meant.
    'node-mail': async (_, sender) => sender !== HOME,
    'model-ask': async ({ node }, sender) => memberOf(unitOf(node)) === sender,
    'model-drop': async ({ node }, sender) => memberOf(unitOf(node)) === sender,
    'node-start': async ({ milestone }, sender) => isOf(milestone, await workOf(sender)),
    'node-milestone': async ({ milestone }, sender) => isOf(milestone, await workOf(sender)),
    async 'node-carry'({ milestone, task, commit, carry }, sender) {
      const work = await workOf(sender)
      const isGiven = work.some(
        (each) => each.line.milestone === milestone && each.task.id === task && each.carry === carry,
      )
      return isGiven && mayHave(commit, sender, work)
    },
    async 'node-code'({ commit, known }, sender) {
      const work = await workOf(sender)
      return (await mayHave(commit, sender, work)) && (known === null || mayHave(known, sender, work))
    },
    'node-site': async ({ head }, sender) => (await workOf(sender)).some(({ site }) => site.head === head),
    async 'node-taken'({ head, commit }, sender) {
      const work = await workOf(sender)
      return work.some(({ site }) => site.head === head) && mayHave(commit, sender, work)
    },
  }
  return {
    async refusal(name, input, sender) {
      const check = checks[name] as (input: unknown, sender: string) => Promise<boolean>
      if (await check(input, sender)) return undefined
      return `'${sender}' has no task that allows it to ask ${name} for that`
    },
    note(_name, output, sender) {
      const given = told.get(sender) ?? new Set()
      for (const commit of commitsIn(output)) given.add(commit)
      told.set(sender, given)
    },
  }
}

type Checks = {
  readonly [Name in RequestName]: (input: RequestInput<Name>, sender: string) => Promise<boolean>
}

function isOf(milestone: string, work: readonly Assignment[]): boolean {
  return work.some(({ line }) => line.milestone === milestone)
}

/** Those of milestones, of rounds and of carried work stand at the top. */
function commitsIn(output: unknown): string[] {
  const { start, tip, commit } = (output ?? {}) as Readonly<Record<string, unknown>>
  return [start, tip, commit].filter((each) => typeof each === 'string')
}
