// Script manifest
//
// The parts of a checkout's `package.json` that tell which tools its scripts use; empty when it cannot be read.

import { parseJson } from '../../kernel/index.ts'
import { readTextInside } from '../worktree-files.ts'

export interface ScriptManifest {
  readonly scripts?: Readonly<Record<string, unknown>>
  readonly eslintConfig?: unknown
  readonly prettier?: unknown
}

const MAX_MANIFEST_BYTES = 1024 * 1024

export async function scriptManifest(root: string): Promise<ScriptManifest> {
  try {
    return parseJson((await readTextInside(root, 'package.json', MAX_MANIFEST_BYTES)) ?? '{}') ?? {}
  } catch {
    return {}
  }
}

/** Whether a script calls it. */
export function scriptsName({ scripts }: ScriptManifest, name: RegExp): boolean {
  return Object.values(scripts ?? {}).some((script) => typeof script === 'string' && name.test(script))
}
