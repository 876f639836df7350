// Records of trust: of one content at one path, for the user alone, and worth nothing when they are damaged.

import {
  chmodSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { isTrusted, revokeTrust, trust, trusted } from '../../../app/configuration/trust.ts'
import { endTrust, proposeTrust } from '../../../app/configuration/trust-repository.ts'
import { scratch } from '../../cli/scratch.ts'

const SHA = 'a'.repeat(64)
const since = '2027-01-02T03:04:05.000Z'

let home: string
beforeEach(() => {
  home = scratch()
})
const around = () => ({ env: {}, home, directory: home, cores: 2 })
const records = () => join(home, '.local', 'state', 'canopy', 'trusted')
const record = (repository = '/r', sha256 = SHA) => ({ repository, sha256, since })
const onlyFile = () => join(records(), readdirSync(records())[0] ?? '')
const failure = (work: Promise<unknown>) => work.catch((error: unknown) => error)

describe('a record of trust', () => {
  it('holds for its content at its path, until it is taken back', async () => {
    await trust(record(), around())
    expect(await isTrusted(record(), around())).toBe(true)
    expect(await isTrusted(record('/r2'), around())).toBe(false)
    expect(await isTrusted(record('/r', 'b'.repeat(64)), around())).toBe(false)
    expect(await revokeTrust('/r', around())).toBe(true)
    expect(await revokeTrust('/r', around())).toBe(false)
    expect(await isTrusted(record(), around())).toBe(false)
  })

  it('is replaced by a newer one of the same repository', async () => {
    await trust(record(), around())
    await trust(record('/r', 'b'.repeat(64)), around())
    expect(await isTrusted(record(), around())).toBe(false)
    expect(readdirSync(records())).toHaveLength(1)
  })

  it('sweeps drafts of records that a kill left', async () => {
    await trust(record(), around())
    const draft = join(records(), `x.json.${'0f8b3c1e-2d4a-4b6c-8e9f-0123456789ab'}.new`)
    writeFileSync(draft, '{')
    utimesSync(draft, new Date(0), new Date(0))
    await trust(record('/r2'), around())
    expect(readdirSync(records()).filter((name) => name.endsWith('.new'))).toEqual([])
  })

  it('is for the user alone', async () => {
    await trust(record(), around())
    expect([records(), onlyFile()].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o600])
  })

  it.each([
    ['others could have written', () => chmodSync(onlyFile(), 0o602)],
    ['its group could have written', () => chmodSync(onlyFile(), 0o620)],
    ['is cut off', () => writeFileSync(onlyFile(), '{"repository":"/r"')],
    ['is empty', () => writeFileSync(onlyFile(), '')],
    ['names another repository', () => writeFileSync(onlyFile(), JSON.stringify(record('/other')))],
    ['has no checksum', () => writeFileSync(onlyFile(), JSON.stringify({ ...record(), sha256: '' }))],
  ])('that %s counts for nothing', async (_, harm) => {
    await trust(record(), around())
    harm()
    expect(await isTrusted(record(), around())).toBe(false)
  })

  it('is listed by its repository; damaged ones and other files are not', async () => {
    for (const repository of ['/z', '/a', '/m']) await trust(record(repository), around())
    writeFileSync(join(records(), 'notes.txt'), 'mine')
    writeFileSync(join(records(), 'torn.json'), '{"repos')
    expect((await trusted(around())).map(({ repository }) => repository)).toEqual(['/a', '/m', '/z'])
  })

  it('is none where nothing was ever trusted', async () => {
    expect(await trusted(around())).toEqual([])
    expect(await isTrusted(record(), around())).toBe(false)
  })

  it('that cannot be written is told with a way out', async () => {
    mkdirSync(join(records(), '..'), { recursive: true })
    writeFileSync(records(), 'a file')
    expect(await failure(trust(record(), around()))).toMatchObject({
      code: 'trust_unwritable',
      wayOut: expect.stringContaining('XDG_STATE_HOME'),
    })
  })
})

describe('a repository that is to be trusted', () => {
  function library(text?: string): string {
    const path = join(home, 'library')
    mkdirSync(join(path, '.git'), { recursive: true })
    if (text !== undefined) writeFileSync(join(path, 'canopy.yaml'), text)
    return realpathSync(path)
  }
  const BUDGET =
    'milestones: [{ id: a, name: A, goal: { outcome: it works } }]\nbudget: { run: { usd: 1000 } }\n'

  it('is shown with what its file sets now and what it would set', async () => {
    const repository = library(BUDGET)
    const proposal = await proposeTrust(repository, undefined, around())
    expect(proposal).toMatchObject({
      repository,
      isTrusted: false,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(proposal.otherwise.refused.map(({ field }) => field.join('.'))).toEqual(['budget.run.usd'])
    expect(proposal.whenTrusted.refused).toEqual([])
    await trust({ ...proposal, since }, around())
    expect((await proposeTrust(repository, undefined, around())).isTrusted).toBe(true)
  })

  it('is asked about again after one character has changed', async () => {
    const repository = library(BUDGET)
    await trust({ ...(await proposeTrust(repository, undefined, around())), since }, around())
    writeFileSync(join(repository, 'canopy.yaml'), `${BUDGET}#`)
    expect((await proposeTrust(repository, undefined, around())).isTrusted).toBe(false)
  })

  it.each([
    ['no file', undefined, 'nothing_to_trust'],
    ['a file that is no YAML', 'a: [', 'configuration_invalid'],
    [
      'what no repository may set',
      'milestones:\n  - id: a\n    name: A\n    goal: { outcome: it works, accept: [node x] }\n',
      'configuration_refused',
    ],
  ])('with %s is refused', async (_, text, code) => {
    expect(await failure(proposeTrust(library(text), undefined, around()))).toMatchObject({ code })
  })

  it('is no longer trusted by its real path, also when it is gone', async () => {
    const repository = library(BUDGET)
    await trust(record(repository), around())
    symlinkSync(repository, join(home, 'link'))
    expect(await endTrust(join(home, 'link'), around())).toEqual({ repository, wasTrusted: true })
    await trust(record('/gone'), around())
    expect(await endTrust('/gone', around())).toEqual({ repository: '/gone', wasTrusted: true })
    expect(await endTrust('/gone', around())).toEqual({ repository: '/gone', wasTrusted: false })
  })
})
