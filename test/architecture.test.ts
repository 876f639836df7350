// The import rules of the rooms, on the project itself and each on a planted breach.

import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FILE_ACCESS } from './architecture/file-access.ts'
import { type Breach, rules } from './architecture/rules.ts'
import { readSource } from './architecture/source.ts'

const project = resolve(import.meta.dirname, '..')
const rooms = [
  'kernel',
  'platform',
  'machines',
  'actors',
  'transport',
  'persistence',
  'providers',
  'testgen',
  'analysis',
  'workspace',
  'gates',
  'agents',
  'dashboard',
  'programs',
  'app',
  'cli',
  'test',
  'bench',
  'examples',
]
const NOT_OURS = ['examples/sample-repository/', 'node_modules/']

function projectSources() {
  return rooms
    .flatMap((room) => filesBelow(room))
    .filter((path) => /\.(ts|js)$/.test(path) && !NOT_OURS.some((part) => path.includes(part)))
    .map((path) => readSource(path, readFileSync(join(project, path), 'utf8')))
}

function filesBelow(room: string): string[] {
  try {
    const names = readdirSync(join(project, room), { recursive: true, encoding: 'utf8' })
    return names.map((name) => `${room}/${name.replaceAll('\\', '/')}`)
  } catch {
    return []
  }
}

/** Virtual files, a path and its text each. */
function sources(files: Record<string, string>) {
  return Object.entries(files).map(([path, text]) => readSource(path, text))
}

function told(breaches: readonly Breach[]): string[] {
  return breaches.map(({ path, line, what }) => `${path}:${line}: ${what}`)
}

describe('the project', () => {
  const all = projectSources()

  it('has sources in every room that is built', () => {
    for (const room of [
      'kernel',
      'platform',
      'machines',
      'actors',
      'transport',
      'persistence',
      'providers',
      'testgen',
      'analysis',
      'workspace',
      'gates',
      'agents',
      'programs',
      'app',
      'cli',
      'test',
    ]) {
      expect(
        all.some(({ path }) => path.startsWith(`${room}/`)),
        room,
      ).toBe(true)
    }
  })

  it.each(Object.entries(rules))('keeps %s', (_name, rule) => {
    expect(told(rule(all))).toEqual([])
  })
})

describe('the files that may touch the file system', () => {
  it('are all there, and each still does', () => {
    const touching = projectSources()
      .filter(({ imports }) =>
        imports.some(({ specifier }) => /^(node:(fs|child_process)|execa)/.test(specifier)),
      )
      .map(({ path }) => path)
    expect(Object.keys(FILE_ACCESS).filter((path) => !touching.includes(path))).toEqual([])
  })
})

describe('each rule fires on a planted breach and only there', () => {
  const cases: [keyof typeof rules, Record<string, string>, number][] = [
    ['pureRoomsOnlyCompute', { 'machines/a.ts': "import { readFile } from 'node:fs/promises'" }, 1],
    ['roomsFollowTheTable', { 'machines/a.ts': "import type { Store } from '../persistence/index.ts'" }, 1],
    ['roomsFollowTheTable', { 'kernel/a.ts': "import type { Task } from '../machines/index.ts'" }, 1],
    ['roomsFollowTheTable', { 'machines/a.ts': "import { mail } from '../kernel/index.ts'" }, 0],
    ['roomsFollowTheTable', { 'workspace/a.ts': "import type { Gate } from '../gates/index.ts'" }, 1],
    ['roomsFollowTheTable', { 'testgen/a.ts': "import type { Task } from '../machines/index.ts'" }, 1],
    ['pureRoomsOnlyCompute', { 'kernel/a.ts': 'export const now = () => Date.now()' }, 1],
    ['pureRoomsOnlyCompute', { 'machines/a.ts': "import { z } from 'zod'\nimport { b } from './b.ts'" }, 0],
    ['pureRoomsOnlyCompute', { 'machines/a.ts': 'export const now = () => Date.now()' }, 1],
    [
      'pureRoomsOnlyCompute',
      { 'machines/a.ts': 'export const chance = () => Math.random() + Math.abs(1)' },
      1,
    ],
    ['pureRoomsOnlyCompute', { 'machines/a.ts': 'export type Later = Promise<number>' }, 1],
    ['pureRoomsOnlyCompute', { 'machines/a.ts': 'export async function f(x) { await x }' }, 1],
    [
      'pureRoomsOnlyCompute',
      { 'machines/a.ts': 'export async function f(x) { for await (const y of x) y() }' },
      1,
    ],
    ['pureRoomsOnlyCompute', { 'machines/a.ts': 'export const home = process.env.HOME' }, 1],
    [
      'pureRoomsOnlyCompute',
      { 'machines/a.ts': 'export const f = (x) => x.process + x.Date + { process: 1 }' },
      0,
    ],
    ['pureRoomsOnlyCompute', { 'actors/a.ts': 'export const now = () => Date.now()' }, 0],
    ['roomsHaveOneDoor', { 'actors/a.ts': "import type { Event } from '../machines/messages.ts'" }, 1],
    ['roomsHaveOneDoor', { 'actors/a.ts': "import { b } from '../machines/index.ts'\nimport './b.ts'" }, 0],
    ['roomsHaveOneDoor', { 'actors/a.ts': "export { b } from '../machines/b.ts'" }, 1],
    ['roomsHaveOneDoor', { 'actors/a.ts': "export const b = () => import('../machines/b.ts')" }, 1],
    ['roomsHaveOneDoor', { 'actors/a.ts': "export type B = import('../machines/b.ts').B" }, 1],
    ['roomsHaveOneDoor', { 'test/machines/a.test.ts': "import { b } from '../../machines/b.ts'" }, 0],
    ['roomsHaveOneDoor', { 'test/actors/a.test.ts': "import { b } from '../../machines/b.ts'" }, 1],
    ['roomsFollowTheTable', { 'transport/a.ts': "import type { Store } from '../persistence/index.ts'" }, 1],
    ['roomsFollowTheTable', { 'transport/mail/a.ts': "import { b } from '../b.ts'" }, 0],
    ['roomsFollowTheTable', { 'actors/a.ts': "import { openStore } from '../persistence/index.ts'" }, 1],
    ['roomsFollowTheTable', { 'actors/a.ts': "import { type Store } from '../persistence/index.ts'" }, 1],
    ['roomsFollowTheTable', { 'actors/a.ts': "import type { Store } from '../persistence/index.ts'" }, 0],
    ['roomsFollowTheTable', { 'workspace/a.ts': "import { startNode } from '../actors/index.ts'" }, 1],
    ['roomsFollowTheTable', { 'app/a.ts': "import { openStore } from '../persistence/index.ts'" }, 0],
    ['roomsFollowTheTable', { 'cli/a.ts': "import { openStore } from '../persistence/index.ts'" }, 1],
    ['roomsFollowTheTable', { 'cli/a.ts': "import type { Control } from '../transport/index.ts'" }, 1],
    ['roomsFollowTheTable', { 'actors/a.ts': "import type { Settings } from '../cli/settings.ts'" }, 1],
    ['roomsFollowTheTable', { 'cli/a.ts': "import { eventually } from '../test/eventually.ts'" }, 1],
    ['roomsFollowTheTable', { 'test/a.ts': "import { b } from '../cli/b.ts'" }, 0],
    [
      'packagesHaveOneRoom',
      { 'machines/a.ts': "import 'xstate'", 'actors/a.ts': "import type { A } from 'xstate'" },
      2,
    ],
    [
      'packagesHaveOneRoom',
      { 'transport/a.ts': "import '@nats-io/kv'", 'cli/a.ts': "import '@nats-io/jetstream'" },
      2,
    ],
    [
      'packagesHaveOneRoom',
      { 'analysis/a.ts': "import 'typescript-analysis'", 'testgen/a.ts': "import 'typescript-analysis'" },
      0,
    ],
    [
      'packagesHaveOneRoom',
      { 'analysis/a.ts': "import 'typescript-analysis'", 'cli/a.ts': "import 'typescript-analysis'" },
      2,
    ],
    ['packagesHaveOneRoom', { 'machines/a.ts': "import 'zod'", 'cli/a.ts': "import 'zod'" }, 0],
    ['packagesHaveOneRoom', { 'machines/a.ts': "import 'xstate'", 'test/a.ts': "import 'xstate'" }, 0],
    ['namesSaySomething', { 'actors/utils.ts': '' }, 1],
    ['namesSaySomething', { 'actors/core/loop.ts': '' }, 1],
    ['namesSaySomething', { 'actors/types.test.ts': '' }, 1],
    ['namesSaySomething', { 'actors/corner.ts': '' }, 0],
    ['nothingGoesInCircles', { 'cli/a.ts': "import './b.ts'", 'cli/b.ts': "export { a } from './a.ts'" }, 1],
    [
      'nothingGoesInCircles',
      { 'cli/a.ts': "import './b.ts'", 'cli/b.ts': "import type { A } from './a.ts'" },
      1,
    ],
    ['nothingGoesInCircles', { 'cli/a.ts': "import './a.ts'" }, 1],
    ['oneModuleTouchesFiles', { 'workspace/a.ts': "import { writeFile } from 'node:fs/promises'" }, 1],
    ['oneModuleTouchesFiles', { 'gates/a.ts': "import { writeFileSync } from 'fs'" }, 1],
    ['oneModuleTouchesFiles', { 'gates/a.ts': "const { rmSync } = await import('node:fs')" }, 1],
    ['oneModuleTouchesFiles', { 'gates/a.ts': "export { rmSync } from 'node:fs'" }, 1],
    ['oneModuleTouchesFiles', { 'workspace/runners/a.ts': "import { execa } from 'execa'" }, 1],
    ['oneModuleTouchesFiles', { 'workspace/a.ts': "import { spawn } from 'node:child_process'" }, 1],
    ['oneModuleTouchesFiles', { 'workspace/a.ts': "import { writeWhole } from '../platform/index.ts'" }, 1],
    ['oneModuleTouchesFiles', { 'workspace/a.ts': "import type { Stats } from 'node:fs'" }, 0],
    [
      'oneModuleTouchesFiles',
      { 'workspace/worktree-files.ts': "import { open } from 'node:fs/promises'" },
      0,
    ],
    ['oneModuleTouchesFiles', { 'app/a.ts': "import { open } from 'node:fs/promises'" }, 0],
    ['commandsOnlyPrint', { 'cli/a.ts': "import { open } from 'node:fs/promises'" }, 1],
    ['commandsOnlyPrint', { 'cli/a.ts': "import { spawn } from 'node:child_process'" }, 1],
    ['commandsOnlyPrint', { 'cli/keys/a.ts': "const { execa } = await import('execa')" }, 1],
    ['commandsOnlyPrint', { 'cli/a.ts': "export { connect } from '@nats-io/transport-node'" }, 1],
    ['commandsOnlyPrint', { 'cli/a.ts': "import { ClassicLevel } from 'classic-level'" }, 1],
    ['commandsOnlyPrint', { 'cli/a.ts': "import { resolve } from 'node:path'" }, 0],
    ['commandsOnlyPrint', { 'app/a.ts': "import { open } from 'node:fs/promises'" }, 0],
    ['commandsOnlyPrint', { 'cli/launch.js': "import { spawn } from 'node:child_process'" }, 0],
  ]
  for (const [name, files, count] of cases) {
    it(`${name}: ${Object.entries(files).flat().join(' ')}`, () => {
      expect(told(rules[name](sources(files)))).toHaveLength(count)
    })
  }
})
