// Entitlement
//
// Owns:   what a node may ask home for: that it asks for itself, and only about the work that its pool gave it.
// Leaves: the files it then gets (home-server.ts), the identity of the sender (transport/).
//
// E1. A commit is given to a node whose worker works on the milestone that it belongs to, or that was told of it; nobody
//     gets one by its name alone.
// E2. What a node was told of is forgotten with its life: when it leaves, is gone, or joins in another epoch.

import type { Address } from '../../kernel/index.ts'
import type { Assignment } from '../../machines/index.ts'
import { memberOf } from '../../transport/index.ts'
import type { MilestoneCommits } from '../../workspace/index.ts'
import type { NodeRegistry } from './node-registry.ts'
import { HOME, nodeAddress, nodeMember, nodeName, unitOf } from './presence.ts'
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
  /** What the sender was answered. */
  note<Name extends RequestName>(
    name: Name,
    exchange: { readonly input: RequestInput<Name>; readonly output: RequestOutput<Name> },
    sender: string,
  ): void
  /** A life of a node is over (E2). */
  forget(node: Address): void
}

export function openEntitlement({ registry, workspace, inHand }: EntitlementOptions): Entitlement {
  /** Commits that a node was told of in this life, by its member. */
  const told = new Map<string, ToldCommits>()
  const workOf = async (sender: string): Promise<readonly Assignment[]> => {
    const lives = (await registry.look()).filter(({ name }) => nodeMember(name) === sender)
    return lives.flatMap(({ name, epoch }) => inHand(nodeAddress(name, epoch)))
  }
  const mayHave = async (commit: string, sender: string, work: readonly Assignment[]): Promise<boolean> => {
    if (told.get(sender)?.commits.has(commit) || work.some(({ site }) => site.head === commit)) return true
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
    note(name, { input, output }, sender) {
      if (name === 'node-leave') told.delete(sender)
      if (name === 'node-join') begin(told, sender, (input as RequestInput<'node-join'>).epoch)
      const found = commitsIn(output)
      if (found.length === 0) return
      const { commits } = told.get(sender) ?? begin(told, sender, undefined)
      for (const commit of found) commits.add(commit)
    },
    forget(node) {
      for (const [sender, { epoch }] of told)
        if (epoch !== undefined && nodeAddress(nodeName(sender), epoch) === node) told.delete(sender)
    },
  }
}

interface ToldCommits {
  /** Of the lease that the node joined with; undefined: it joined another process of this run. */
  readonly epoch: number | undefined
  readonly commits: Set<string>
}

/** The same life keeps its commits. */
function begin(told: Map<string, ToldCommits>, sender: string, epoch: number | undefined): ToldCommits {
  const before = told.get(sender)
  const isSameLife = before !== undefined && (before.epoch === undefined || before.epoch === epoch)
  const life = { epoch, commits: isSameLife ? before.commits : new Set<string>() }
  told.set(sender, life)
  return life
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
