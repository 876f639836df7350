// Version
//
// Owns:   the version of this program, from its package.json.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** `1.2.3`. */
export function programVersion(): string {
  const file = join(import.meta.dirname, '..', 'package.json')
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return version
}
