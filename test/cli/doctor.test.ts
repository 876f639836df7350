// What `canopy doctor` tells of a machine.

import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import type { ExaminedMachine } from '../../app/doctor/check.ts'
import { examine } from '../../app/doctor/examine.ts'
import { doctorText } from '../../cli/doctor/text.ts'
import { bubblewrap } from '../../workspace/index.ts'
import { findBwrap } from '../workspace/find-bwrap.ts'

const place = { env: process.env, home: tmpdir(), stateDirectory: tmpdir(), mcp: async () => ({}) }
const equipped: ExaminedMachine = {
  ...place,
  bubblewrap: async () => ({ path: findBwrap(), version: 'bubblewrap' }),
  sandbox: async () => bubblewrap({ path: findBwrap() }),
}
const bare: ExaminedMachine = { ...place, bubblewrap: async () => undefined, sandbox: async () => undefined }

const states = (found: Awaited<ReturnType<typeof examine>>) =>
  Object.fromEntries(found.map(({ name, state }) => [name, state]))

describe('canopy doctor', () => {
  it('finds what a run needs, on a machine that has it', async () => {
    expect(states(await examine(equipped))).toMatchObject({
      ...{ node: 'ok', git: 'ok', npm: 'ok', bubblewrap: 'ok', 'user namespaces': 'ok' },
      ...{ seccomp: 'ok', keyring: 'ok', account: process.getuid?.() === 0 ? 'weaker' : 'ok' },
    })
  })

  it('says what is missing or weaker, why that matters, and the way out', async () => {
    const found = await examine(bare)
    expect(states(found)).toMatchObject({
      bubblewrap: 'missing',
      'user namespaces': 'missing',
      seccomp: 'weaker',
    })
    for (const one of found) if (one.state !== 'ok') expect(one).toMatchObject({ wayOut: expect.any(String) })
    const text = doctorText(found, false)
    expect(text).toContain('so: runs refuse to start without a sandbox')
    expect(text).toContain('way out: sudo apt-get install -y bubblewrap')
    expect(text.endsWith('Runs cannot start here.')).toBe(true)
  })

  it('tells a check that fails by itself, and goes on', async () => {
    const broken = { name: 'broken', look: () => Promise.reject(new Error('no such file')) }
    expect(await examine(bare, [broken])).toEqual([
      { name: 'broken', state: 'weaker', found: 'it could not be checked: no such file' },
    ])
  })
})
