// Corpus
//
// Owns:   finding the cases of both halves.
// Leaves: the cases: open/ may be read by whoever writes gates, held/ is for measuring alone.
//
// C1. The cases were split once, after they had been written: by kind, at random from a seed (20261130).

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Cheat, Honest } from './case.ts'

export const HALVES = ['open', 'held'] as const
export type Half = (typeof HALVES)[number]

export interface Entry {
  readonly half: Half
  readonly one: Cheat | Honest
}

export const isCheat = (one: Honest): one is Cheat => 'kind' in one

export async function readCorpus(): Promise<Entry[]> {
  return (await Promise.all(HALVES.map(readHalf))).flat()
}

async function readHalf(half: Half): Promise<Entry[]> {
  const folder = join(import.meta.dirname, half)
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts'))
  const read = files.sort().map(async (file) => {
    const { cases }: { readonly cases: readonly (Cheat | Honest)[] } = await import(
      pathToFileURL(join(folder, file)).href
    )
    return cases.map((one) => ({ half, one }))
  })
  return (await Promise.all(read)).flat()
}
