// Each name that the library's package exports says what it is for.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { DOORS } from '../../packaging/library.ts'
import { project } from '../../packaging/package-folder.ts'
import { exportedNames } from './documented.ts'

const MIN_WORDS = 3

it('finds exported names without a docstring, also behind another file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'canopy-doors-'))
  try {
    writeFileSync(
      join(folder, 'inner.ts'),
      '/** Says what it is. */\nexport const told = 1\n// No docstring.\nexport interface Untold {}\n',
    )
    writeFileSync(join(folder, 'door.ts'), "export { told, type Untold as Other } from './inner.ts'\n")
    expect(exportedNames([join(folder, 'door.ts')], folder)).toEqual([
      { name: 'told', place: 'inner.ts:2', words: 4 },
      { name: 'Other', place: 'inner.ts:4', words: 0 },
    ])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

it('has a docstring on each name that the library exports', () => {
  const doors = Object.values(DOORS).map((door) => join(project, `${door}.ts`))
  const names = exportedNames(doors, project)
  expect(names.length).toBeGreaterThan(200)
  expect(
    names.filter(({ words }) => words < MIN_WORDS).map(({ name, place }) => `${place}: ${name}`),
  ).toEqual([])
})
