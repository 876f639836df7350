// The packed library as somebody installs it: it holds what it imports, runs as plain JavaScript, and its types are read by
// an ordinary configuration.

import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InstalledPackage, project } from './installed.ts'

const consumer = readFileSync(join(import.meta.dirname, 'consumer.ts'), 'utf8')
let installed: InstalledPackage
beforeAll(() => {
  installed = new InstalledPackage('library', '@canopy-dev/actors', ['@types/node'])
  installed.write('consumer.ts', consumer)
  installed.write('consumer.js', stripTypeScriptTypes(consumer))
})
afterAll(() => installed[Symbol.dispose]())

/** The type instantiations of a check of the consumer; it throws when there is a mistake. */
function check(args: readonly string[]): number {
  const program = join(project, 'node_modules/typescript/bin/tsc')
  const settings = [
    '--noEmit',
    '--strict',
    '--target',
    'ES2022',
    '--types',
    'node',
    '--skipLibCheck',
    '--singleThreaded',
    '--extendedDiagnostics',
  ]
  const said = installed.node([program, ...settings, ...args, 'consumer.ts'])
  return Number(/^Instantiations:\s*(\d+)/m.exec(said)?.[1])
}

describe('the packed library', () => {
  it('holds compiled files with declarations and source maps, and no tests', () => {
    const names = installed.files()
    for (const room of ['kernel', 'actors', 'persistence', 'transport'])
      for (const end of ['js', 'js.map', 'd.ts']) expect(names).toContain(`${room}/index.${end}`)
    expect(names.filter((name) => /(?<!\.d)\.ts$|^(test|machines|cli)\//.test(name))).toEqual([])
  })

  it('names types in its declarations instead of spelling inferred ones out', () => {
    const declarations = installed.files().filter((name) => name.endsWith('.d.ts'))
    const lines = declarations.flatMap((name) =>
      readFileSync(join(installed.place, name), 'utf8').split('\n'),
    )
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(500)
  })

  it('runs as plain JavaScript', () => {
    const said = installed.node(['--no-experimental-strip-types', 'consumer.js'])
    const total = { kind: 'answered', answer: { type: 'TOTAL', total: 5 } }
    expect(JSON.parse(said)).toEqual({ total, server: expect.stringContaining('install') })
  })

  it('gives the dashboard to those who install its peers', () => {
    const script =
      "const it = await import('@canopy-dev/actors/dashboard'); console.log(typeof it.openInspectorPage)"
    const args = ['--no-experimental-strip-types', '--input-type=module', '-e', script]
    expect(() => installed.node(args)).toThrow("Cannot find package '@statelyai/inspect'")
    for (const name of Object.keys(installed.manifest.peerDependencies ?? {})) installed.link(name)
    expect(installed.node(args).trim()).toBe('function')
  })

  // packaging/try.ts does this with TypeScript 5.9, too.
  it.each([
    ['NodeNext', 'NodeNext', 'ES2024'],
    ['NodeNext', 'NodeNext', 'ES2024,DOM'],
    ['ESNext', 'Bundler', 'ES2024,DOM'],
  ])('has types for --module %s --moduleResolution %s --lib %s', (module, resolution, lib) => {
    const args = ['--module', module, '--moduleResolution', resolution, '--lib', lib]
    // XState and Zod alone take 72,000 for such a program, and this one 78,000 (docs/decisions/027).
    expect(check(args)).toBeLessThan(100_000)
  })
})
