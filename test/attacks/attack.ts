// Attack
//
// Owns:   the form of an attack on Canopy, finding the attacks of a group, and playing one.
// Leaves: the attacks themselves: one file each in a folder named for its group.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

export type AttackResult =
  /** Canopy refused it; `how` says by which check. */
  | { readonly kind: 'refused'; readonly how: string }
  /** The attacker got what it wanted; `what` says what that was. */
  | { readonly kind: 'succeeded'; readonly what: string }
  /** The attack was not played to its end, so it says nothing about Canopy. */
  | { readonly kind: 'could_not_run'; readonly why: string }

export interface Attack {
  /** One sentence: who does what, to get what. */
  readonly title: string
  /** What the attack needs of the machine; without it the attack could not run. */
  readonly needs?: readonly Need[]
  play(): Promise<AttackResult>
}

export type Need = 'root' | 'linux'

export interface NamedAttack extends Attack {
  /** `<group>/<file name>`. */
  readonly name: string
}

export const refused = (how: string): AttackResult => ({ kind: 'refused', how })
export const succeeded = (what: string): AttackResult => ({ kind: 'succeeded', what })
export const couldNotRun = (why: string): AttackResult => ({ kind: 'could_not_run', why })

/** The folders beside this file: each is a group of attacks. */
export function attackGroups(): string[] {
  const entries = readdirSync(import.meta.dirname, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}

/** The attacks of a group, by name. A file exports `attack`, or `attacks` with a name for each. */
export async function attacksOf(group: string): Promise<NamedAttack[]> {
  const folder = join(import.meta.dirname, group)
  const files = readdirSync(folder).filter((file) => file.endsWith('.attack.ts'))
  const found = files.sort().map(async (file) => {
    const module: AttackModule = await import(pathToFileURL(join(folder, file)).href)
    const name = `${group}/${file.replace('.attack.ts', '')}`
    const several = Object.entries(module.attacks ?? {})
    const one = module.attack ? [{ ...module.attack, name }] : []
    return [...one, ...several.map(([variant, attack]) => ({ ...attack, name: `${name}/${variant}` }))]
  })
  return (await Promise.all(found)).flat()
}

interface AttackModule {
  readonly attack?: Attack
  readonly attacks?: Readonly<Record<string, Attack>>
}

/** What the machine lacks for an attack; undefined when it has everything. */
export function missingNeed({ needs = [] }: Attack): Need | undefined {
  return needs.find((need) => !isThere[need]())
}

const isThere: Readonly<Record<Need, () => boolean>> = {
  root: () => process.getuid?.() === 0,
  linux: () => process.platform === 'linux',
}

/** Plays an attack; one that throws could not run. */
export async function play(attack: Attack): Promise<AttackResult> {
  const need = missingNeed(attack)
  if (need !== undefined) return couldNotRun(`it needs ${need}`)
  try {
    return await attack.play()
  } catch (error) {
    return couldNotRun(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
}
