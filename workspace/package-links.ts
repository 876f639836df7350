// Package links
//
// The targets of a worktree's package links, to compare before and after its tests ran.

import { join } from 'node:path'
import { kindInside, listInside } from './worktree-files.ts'

const FOLDER = 'node_modules'

/** By name; empty for an entry that is no link. */
export async function packageLinks(worktree: string): Promise<ReadonlyMap<string, string>> {
  const names = await namesIn(worktree, FOLDER)
  const links = names.map(async (name) => {
    const { target = '' } = await kindInside(worktree, join(FOLDER, name))
    return [name, target] as const
  })
  return new Map(await Promise.all(links))
}

async function namesIn(worktree: string, folder: string): Promise<string[]> {
  const names = (await listInside(worktree, folder).catch(() => undefined)) ?? []
  const below = names
    .filter((name) => !name.startsWith('.'))
    .map(async (name) => {
      if (!name.startsWith('@')) return [name]
      return (await namesIn(worktree, join(folder, name))).map((one) => join(name, one))
    })
  return (await Promise.all(below)).flat()
}

/** Paths below `node_modules` with another value, new ones, and missing ones. */
export function changedPackages(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])]
  return names.filter((name) => before.get(name) !== after.get(name)).map((name) => join(FOLDER, name))
}
