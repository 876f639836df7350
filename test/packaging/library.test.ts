// The packed library as somebody installs it: it holds what it imports, runs as plain JavaScript, and its types are read by
// an ordinary configuration.

import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'

const project = resolve(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'canopy-package-'))
const installed = join(folder, 'node_modules/@canopy-dev/actors')
const consumer = readFileSync(join(import.meta.dirname, 'consumer.ts'), 'utf8')

/** Packs, unpacks, and puts the packages that it declares beside it, and no others. */
beforeAll(() => {
  const archive = node(join(project, 'packaging/pack.ts'), '--out', join(folder, 'out')).trim()
  mkdirSync(installed, { recursive: true })
  execFileSync('tar', ['-xzf', archive, '-C', installed, '--strip-components=1'])
  const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  for (const name of [...Object.keys(dependencies), '@types/node']) link(name)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'consumer.ts'), consumer)
  writeFileSync(join(folder, 'consumer.js'), stripTypeScriptTypes(consumer))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function link(name: string): void {
  const place = join(folder, 'node_modules', name)
  mkdirSync(dirname(place), { recursive: true })
  symlinkSync(join(project, 'node_modules', name), place)
}

function node(...args: string[]): string {
  return execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
}

it('holds compiled files with declarations and source maps, and no tests', () => {
  const names = readdirSync(installed, { recursive: true, encoding: 'utf8' })
  for (const room of ['kernel', 'actors', 'persistence', 'transport'])
    for (const end of ['js', 'js.map', 'd.ts']) expect(names).toContain(`${room}/index.${end}`)
  expect(names.filter((name) => /(?<!\.d)\.ts$|^(test|machines|cli)\//.test(name))).toEqual([])
})

it('runs as plain JavaScript', () => {
  const said = node('--no-experimental-strip-types', 'consumer.js')
  expect(JSON.parse(said)).toEqual({ kind: 'answered', answer: { type: 'TOTAL', total: 5 } })
})

it.each([
  ['NodeNext', 'NodeNext', 'ES2024'],
  ['NodeNext', 'NodeNext', 'ES2024,DOM'],
  ['ESNext', 'Bundler', 'ES2024'],
])(
  'has types for --module %s --moduleResolution %s --lib %s',
  (module, resolution, lib) => {
    const settings = ['--noEmit', '--strict', '--target', 'ES2022', '--lib', lib, '--types', 'node']
    const compiler = join(project, 'node_modules/typescript/bin/tsc')
    const resolved = ['--module', module, '--moduleResolution', resolution]
    expect(() => node(compiler, ...settings, ...resolved, 'consumer.ts')).not.toThrow()
  },
  240_000,
)
