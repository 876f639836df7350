// What the figures come from is run by hand, for it takes minutes; here only that each benchmark can be found and loaded.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { expect, test } from 'vitest'

const folder = join(import.meta.dirname, '..', 'bench')
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => file.slice(0, -3))

test.each(names)('%s has a title and can be run', async (name) => {
  const bench = await import(pathToFileURL(join(folder, `${name}.ts`)).href)
  expect(bench).toMatchObject({ title: expect.any(String), run: expect.any(Function) })
})

test('a name that is none is refused with those there are', async () => {
  const { exitCode, stderr } = await execa(process.execPath, [join(folder, 'main.ts'), 'nothing'], {
    reject: false,
  })
  expect(exitCode).toBe(2)
  for (const name of names) expect(stderr).toContain(name)
})
