// Command
//
// Owns:   the package of the command `canopy`: compiled JavaScript of all that its main file reaches, and what that reads.
//
// K1. A program that a file starts is found by the file's own words: new URL(`./program${extname(import.meta.url)}`, ...).
// K2. Files that are not TypeScript go along with the room that they are in.
// K3. npm leaves each `.gitignore` out of a package, and linters of packages read each `package.json`. Those of the sample have other
//     names in the package, and get theirs back in the copy that is worked on (app/settings/sample.ts).

import { execFileSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { PackageFolder, project, root } from './package-folder.ts'

/** What files of the command read from outside the rooms. */
const READ = ['nats-server.conf', 'LICENSE', 'examples/sample-repository']
const STARTED = /new URL\(`(\.[^`$]*)\$\{extname\(import\.meta\.url\)\}`/g

/** Packs it; the path of the archive. */
export function packCommand(out: string): string {
  const folder = new PackageFolder('command')
  const launcher = root.bin.canopy
  compileReached(folder, [join(dirname(launcher), 'main.ts'), ...tracked(['*.d.ts'])])
  const rooms = new Set(folder.files().map((file) => file.split('/')[0] ?? ''))
  for (const file of tracked([...rooms]).filter((name) => !name.endsWith('.ts'))) folder.copy(file)
  for (const file of tracked(READ)) folder.copy(file, packedName(file))
  folder.copy('packaging/command.md', 'README.md')
  folder.describe({
    name: '@canopy-dev/canopy',
    description: 'Develops software on its own, around the clock, and never loses its place.',
    engines: root.engines,
    bin: { canopy: launcher },
  })
  return folder.pack(out)
}

/** K3. */
function packedName(file: string): string {
  if (!file.startsWith('examples/')) return file
  return file.replace(/\.gitignore$/, 'gitignore').replace(/package\.json$/, 'package.json.txt')
}

/** Compiles until nothing that was compiled starts a program that was not. */
function compileReached(folder: PackageFolder, entries: readonly string[]): void {
  folder.compile(entries, { sourceMap: false })
  const files = folder.files()
  const missing = files
    .flatMap((file) => startedBy(file, folder.read(file)))
    .filter((file) => !files.includes(file))
  if (missing.length > 0)
    compileReached(folder, [...entries, ...missing.map((file) => file.replace(/\.js$/, '.ts'))])
}

function startedBy(file: string, text: string): string[] {
  return [...text.matchAll(STARTED)].map(([, program = '']) => `${join(dirname(file), program)}.js`)
}

function tracked(paths: readonly string[]): string[] {
  return execFileSync('git', ['ls-files', '-z', '--', ...paths], { cwd: project, encoding: 'utf8' })
    .split('\0')
    .filter(Boolean)
}
