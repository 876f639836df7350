// Canary
//
// Owns:   a folder outside of everything that an attack may touch, and telling whether something there was read, changed,
//         added or removed.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Files, Playground } from '../../workspace/repositories.ts'
import { type AttackResult, refused, succeeded } from '../attack.ts'

export const SECRET = 'THE-CANARY-SINGS'

export interface Canary {
  readonly playground: Playground
  /** The folder outside, with `secret.txt` in it. */
  readonly outside: string
  /** A repository with one commit, in which links may be made before. */
  repository(files: Files, prepare?: (path: string) => void): string
}

/** Plays an attack that says how it was refused, or what it got; whatever it did to the canary counts. */
export async function withCanary(
  act: (canary: Canary) => Promise<AttackResult | string>,
): Promise<AttackResult> {
  const playground = new Playground()
  const outside = join(playground.root, 'outside')
  mkdirSync(outside)
  writeFileSync(join(outside, 'secret.txt'), SECRET)
  // The name of the file by which Canopy asks where new tests go.
  writeFileSync(join(outside, 'canopy-probe.canopy.test.ts'), 'of the user')
  const before = contentsOf(outside)
  const repository: Canary['repository'] = (files, prepare) => {
    const path = playground.repository(files, { commit: false })
    prepare?.(path)
    playground.commitAll(path)
    return path
  }
  try {
    const said = await act({ playground, outside, repository })
    const after = contentsOf(outside)
    if (after !== before) return succeeded(`the folder outside is now ${after.slice(0, 300)}`)
    if (JSON.stringify(said).includes(SECRET))
      return succeeded(`the secret was read: ${JSON.stringify(said)}`)
    return typeof said === 'string' ? refused(said) : said
  } finally {
    playground.dispose()
  }
}

function contentsOf(folder: string): string {
  const files = readdirSync(folder, { withFileTypes: true }).map((entry) => [
    entry.name,
    entry.isFile() ? readFileSync(join(folder, entry.name), 'utf8') : 'no file',
  ])
  return JSON.stringify(files.sort())
}

/** What an error or an outcome says. */
export function told(value: unknown): string {
  if (value instanceof Error) return `${'code' in value ? `${String(value.code)}: ` : ''}${value.message}`
  return JSON.stringify(value) ?? ''
}
