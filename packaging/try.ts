// Try
//
// Owns:   trying the packed packages as somebody installs them: by npm, in an empty project, with the Node that runs this file.
// Leaves: packing them (pack.ts). What can be seen without installing is in test/packaging/.
//
// It needs nothing but Node 22.18, npm and git. Usage: node packaging/try.ts [--archives DIR] [--sample]; with --sample the
// command works on the sample (about two minutes of both cores).

import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const project = resolve(import.meta.dirname, '..')
/** What a room of the checkout is called by users of the package. */
const DOORS: Readonly<Record<string, string>> = {
  actors: '@canopy-dev/actors',
  kernel: '@canopy-dev/actors/kernel',
  persistence: '@canopy-dev/actors/persistence',
  transport: '@canopy-dev/actors/transport',
  programs: '@canopy-dev/actors/nats-server',
}
const STRICT = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'ES2022', '--types', 'node']
const RESOLUTIONS = [
  ['--module', 'NodeNext', '--moduleResolution', 'NodeNext'],
  ['--module', 'ESNext', '--moduleResolution', 'Bundler'],
]
const LIBS = ['ES2024,ESNext.Disposable', 'ES2024,ESNext.Disposable,DOM']
/** XState and Zod alone take 72,000 for a program like the consumer (docs/decisions/027). */
const MAX_INSTANTIATIONS = 100_000

const { values } = parseArgs({
  options: { archives: { type: 'string', default: join(project, 'dist') }, sample: { type: 'boolean' } },
})
const folder = mkdtempSync(join(tmpdir(), 'canopy-try-'))
try {
  tryLibrary()
  tryCommand(values.sample === true)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function tryLibrary(): void {
  install([archive('actors'), 'typescript@5.9', 'typescript-7@npm:typescript@7', '@types/node@22'])
  cpSync(join(project, 'test/packaging/consumer.ts'), join(folder, 'consumer.ts'))
  for (const name of ['actors.ts', 'main.ts', 'payments.ts']) {
    const text = readFileSync(join(project, 'examples/orders', name), 'utf8')
    writeFileSync(
      join(folder, name),
      text.replace(/'\.\.\/\.\.\/(\w+)\/index\.ts'/g, (_, room) => `'${DOORS[room]}'`),
    )
  }
  const files = ['consumer.ts', 'main.ts']
  for (const compiler of ['typescript', 'typescript-7'])
    for (const resolution of RESOLUTIONS)
      for (const lib of LIBS) {
        const program = join('node_modules', compiler, 'bin/tsc')
        const kind = [...STRICT, ...resolution, '--lib', lib, '--allowImportingTsExtensions']
        run(process.execPath, [program, ...kind, ...files])
      }
  checkCost()
  const emitting = STRICT.filter((option) => option !== '--noEmit')
  const kind = [
    ...emitting,
    ...(RESOLUTIONS[0] ?? []),
    '--lib',
    LIBS[0] ?? '',
    '--rewriteRelativeImportExtensions',
  ]
  run(process.execPath, ['node_modules/typescript/bin/tsc', ...kind, ...files])
  run(process.execPath, ['consumer.js'])
  // The example closes its parts with an AsyncDisposableStack, which Node 22 does not have.
  if (Number(process.versions.node.split('.')[0]) >= 24) run(process.execPath, ['main.js', '--orders', '3'])
}

function checkCost(): void {
  const kind = [...STRICT, ...(RESOLUTIONS[0] ?? []), '--lib', LIBS[0] ?? '', '--extendedDiagnostics']
  const said = run(process.execPath, ['node_modules/typescript/bin/tsc', ...kind, 'consumer.ts'])
  const instantiations = Number(/^Instantiations:\s*(\d+)/m.exec(said)?.[1])
  if (!(instantiations < MAX_INSTANTIATIONS))
    throw new Error(
      `the types of the library take ${instantiations} instantiations; expected fewer than ${MAX_INSTANTIATIONS}`,
    )
}

function tryCommand(withSample: boolean): void {
  install([archive('canopy')])
  run('npx', ['canopy', 'version'])
  if (!withSample) return
  const said = run('npx', ['canopy', 'run', '--json', '--data', join(folder, 'data')])
  const last = JSON.parse(said.trim().split('\n').at(-1) ?? '{}')
  if (last.type !== 'run.finished' || last.status !== 'reached')
    throw new Error(
      `the sample ended with ${JSON.stringify(last)}; expected run.finished with status reached`,
    )
}

function archive(name: string): string {
  const found = readdirSync(values.archives).find((file) =>
    new RegExp(`^canopy-dev-${name}-\\d.*\\.tgz$`).test(file),
  )
  if (found === undefined)
    throw new Error(`no package of ${name} is in ${values.archives}; make it with: npm run pack`)
  return resolve(values.archives, found)
}

/** Installs them into a project that has nothing else. */
function install(packages: readonly string[]): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }')
  run('npm', ['install', '--silent', '--no-audit', '--no-fund', ...packages])
}

/** Runs a program in the project and tells how long it took; throws when it fails. */
function run(program: string, args: readonly string[]): string {
  const began = performance.now()
  const said = execFileSync(program, args, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  process.stdout.write(`${seconds} s  ${program === process.execPath ? 'node' : program} ${args.join(' ')}\n`)
  return said
}
