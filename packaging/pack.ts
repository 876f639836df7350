// Pack
//
// Owns:   the package of the library, as npm publishes it: compiled JavaScript with declarations and source maps.
// Leaves: publishing it.
//
// Usage: npm run pack [-- --out DIR]; prints the path of the archive.

import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'

const project = resolve(import.meta.dirname, '..')
const built = join(project, 'dist/library')
const NAME = '@canopy-dev/actors'
/** By the rooms' doors: what a user of the package imports. */
const DOORS = {
  '.': 'actors',
  './kernel': 'kernel',
  './persistence': 'persistence',
  './transport': 'transport',
}

const rootSchema = z.object({
  version: z.string(),
  license: z.string(),
  dependencies: z.record(z.string(), z.string()),
})

const { values } = parseArgs({ options: { out: { type: 'string', default: join(project, 'dist') } } })
process.stdout.write(`${packLibrary(resolve(values.out))}\n`)

function packLibrary(out: string): string {
  rmSync(built, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  const compiler = join(project, 'node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [compiler, '-p', join(import.meta.dirname, 'library.json')], {
    stdio: 'inherit',
  })
  for (const [from, to] of [
    ['nats-server.conf', 'nats-server.conf'],
    ['LICENSE', 'LICENSE'],
    ['packaging/library.md', 'README.md'],
  ] as const)
    copyFileSync(join(project, from), join(built, to))
  writeFileSync(join(built, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`)
  const said = execFileSync('npm', ['pack', '--silent', '--pack-destination', out], {
    cwd: built,
    encoding: 'utf8',
  })
  return join(out, said.trim())
}

function manifest() {
  const root = rootSchema.parse(JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')))
  return {
    name: NAME,
    version: root.version,
    description: 'Durable XState actors under OTP supervision, over NATS JetStream and LevelDB.',
    license: root.license,
    type: 'module',
    engines: { node: '>=22' },
    sideEffects: false,
    exports: Object.fromEntries(
      Object.entries(DOORS).map(([path, room]) => [
        path,
        { types: `./${room}/index.d.ts`, default: `./${room}/index.js` },
      ]),
    ),
    dependencies: dependenciesOf(root.dependencies),
  }
}

/** Those of the root's dependencies that the compiled files import. */
function dependenciesOf(known: Readonly<Record<string, string>>): Record<string, string> {
  const files = readdirSync(built, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.js'),
  )
  const texts = files.map((name) => readFileSync(join(built, name), 'utf8')).join('\n')
  const isImported = (name: string) =>
    [`'${name}'`, `'${name}/`].some((start) => texts.includes(`from ${start}`))
  return Object.fromEntries(Object.entries(known).filter(([name]) => isImported(name)))
}
