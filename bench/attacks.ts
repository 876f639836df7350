// Attacks
//
// Owns:   playing every attack of test/attacks and counting how each ended; `succeeded` must be 0.

import { attackGroups, attacksOf, play } from '../test/attacks/attack.ts'

export const title = 'Attacks on Canopy: each by name, refused or not'

interface Options {
  /** Groups, or names that an attack's name begins with; all when empty. */
  readonly only: readonly string[]
}

export async function run({ only }: Options): Promise<Readonly<Record<string, unknown>>> {
  const all = (await Promise.all(attackGroups().map(attacksOf))).flat()
  const chosen = all.filter(({ name }) => only.length === 0 || only.some((begin) => name.startsWith(begin)))
  const attacks: Record<string, unknown>[] = []
  for (const attack of chosen) {
    const begun = performance.now()
    const { kind, ...rest } = await play(attack)
    const seconds = Number(((performance.now() - begun) / 1000).toFixed(1))
    process.stderr.write(`${attack.name}: ${kind} (${seconds} s)\n`)
    attacks.push({ name: attack.name, title: attack.title, result: kind, ...rest, seconds })
  }
  const count = (result: string) => attacks.filter((each) => each.result === result).length
  return {
    played: attacks.length,
    refused: count('refused'),
    succeeded: count('succeeded'),
    could_not_run: count('could_not_run'),
    attacks,
  }
}
