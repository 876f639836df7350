// Changes of installed packages are noticed, however they are made.

import { appendFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { installedFiles } from '../../workspace/installed-files.ts'
import { changedPackages } from '../../workspace/package-links.ts'
import { Playground, write } from './repositories.ts'

let playground: Playground
let folder: string
beforeEach(() => {
  playground = new Playground()
  folder = join(playground.root, 'node_modules')
  write(folder, { 'runner/run.js': 'run()', 'runner/lib/report.js': 'report()', '@s/other/index.js': '' })
})
afterEach(() => playground.dispose())

const at = (name: string) => join(folder, name)

it.each<[string, () => void, string[]]>([
  ['nothing', () => {}, []],
  ['more in a file', () => appendFileSync(at('runner/run.js'), ';pass()'), ['runner/run.js']],
  [
    'other content of the same size with the old times',
    () => {
      const { atime, mtime } = statSync(at('runner/lib/report.js'))
      writeFileSync(at('runner/lib/report.js'), 'reporT()')
      utimesSync(at('runner/lib/report.js'), atime, mtime)
    },
    ['runner/lib/report.js'],
  ],
  ['a new file', () => writeFileSync(at('runner/lib/more.js'), ''), ['runner/lib/more.js']],
  ['a missing file', () => rmSync(at('@s/other/index.js')), ['@s/other/index.js']],
  ['a new link', () => symlinkSync('/', at('root')), ['root']],
])('%s', async (_change, change, names) => {
  const before = await installedFiles(folder)
  change()
  expect(changedPackages(before, await installedFiles(folder))).toEqual(
    names.map((name) => join('node_modules', name)),
  )
})

it('finds none where there is no such folder', async () => {
  expect(await installedFiles(join(playground.root, 'absent'))).toEqual(new Map())
})
