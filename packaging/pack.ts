// Pack
//
// Owns:   the packages as npm publishes them.
// Leaves: publishing them.
//
// Usage: npm run pack [-- library | command] [--out DIR]; without a name both. Prints the path of each archive.

import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { packCommand } from './command.ts'
import { packLibrary } from './library.ts'
import { project } from './package-folder.ts'

const packers = new Map([
  ['library', packLibrary],
  ['command', packCommand],
])

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string', default: join(project, 'dist') } },
})
for (const name of positionals.length > 0 ? positionals : packers.keys()) {
  const pack = packers.get(name)
  if (!pack) throw new Error(`there is no package ${name}; expected ${[...packers.keys()].join(' or ')}`)
  process.stdout.write(`${pack(resolve(values.out))}\n`)
}
