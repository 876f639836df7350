// Own programs
//
// The programs (`bin`) of the repository's own packages, which a worktree links to beside the installed ones.
// Leaves: the links (link-dependencies.ts).

import { lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { jsonOf } from '../kernel/index.ts'
import { shellWord } from '../machines/index.ts'

export interface OwnProgram {
  readonly name: string
  /** Below the worktree. */
  readonly path: string
  readonly isExecutable: boolean
}

interface OwnPackage {
  readonly worktree: string
  /** Its folder in the worktree. */
  readonly folder: string
  /** The path, absolute, through which the installation reaches it. */
  readonly installed: string
  readonly name: string
}

const binSchema = z.object({ bin: z.union([z.string(), z.record(z.string(), z.string())]) })
const MAX_MANIFEST_BYTES = 1024 * 1024
const PROGRAM_NAME = /^[^/\\0]+$/

/** Those that are files of the worktree inside the package. */
export function programsOf({ worktree, folder, installed, name }: OwnPackage): OwnProgram[] {
  const manifest = join(installed, 'package.json')
  const stat = lstatSync(manifest, { throwIfNoEntry: false })
  if (!stat?.isFile() || stat.size > MAX_MANIFEST_BYTES) return []
  const { bin = {} } = binSchema.safeParse(jsonOf(readFileSync(manifest, 'utf8'))).data ?? {}
  const programs = typeof bin === 'string' ? { [name.replace(/^.*\//, '')]: bin } : bin
  return Object.entries(programs).flatMap(([program, file]) => {
    const path = join(folder, file)
    const found = lstatSync(join(worktree, path), { throwIfNoEntry: false })
    if (!found?.isFile() || !PROGRAM_NAME.test(program) || !path.startsWith(`${folder}/`)) return []
    return [{ name: program, path, isExecutable: (found.mode & 0o100) !== 0 }]
  })
}

export const STARTING = { mode: 0o755, flag: 'wx' } as const

/** A package manager would make the program executable; a worktree's files keep their modes. `path`: from its folder. */
export const startingText = (path: string) =>
  `#!/bin/sh\nexec node "$(dirname "$0")"/${shellWord(path)} "$@"\n`
