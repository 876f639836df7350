// What runs in the sandbox does not inherit the files that are open in Canopy's own process.

import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openStore, type Store } from '../../persistence/index.ts'
import { bubblewrapTool, findTool } from '../../programs/index.ts'
import { bubblewrap, unsandboxed } from '../../workspace/index.ts'

let place: string
let store: Store

beforeEach(async () => {
  place = await realpath(await mkdtemp(join(tmpdir(), 'canopy-descriptors-')))
  store = await openStore({ directory: join(place, 'store') })
})

afterEach(async () => {
  await store.close()
  await rm(place, { recursive: true, force: true })
})

it.each(['bubblewrap', 'unsandboxed'])('%s: the store is out of reach', async (kind) => {
  const tool = await findTool(bubblewrapTool)
  if (tool.kind === 'missing') throw new Error(tool.reason)
  const sandbox = kind === 'bubblewrap' ? bubblewrap({ path: tool.path }) : unsandboxed()
  const ending = await sandbox.run({
    argv: ['/bin/sh', '-c', 'ls -l /proc/self/fd; echo listed'],
    cwd: place,
    writable: [place],
    timeoutMs: 10_000,
  })
  expect(ending).toMatchObject({ kind: 'exited', code: 0 })
  const seen = 'stdout' in ending ? ending.stdout : ''
  expect(seen).toContain('listed')
  expect(seen).not.toContain('store/')
})
