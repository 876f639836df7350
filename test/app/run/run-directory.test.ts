import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  closeRunDirectory,
  newestRun,
  openRunDirectory,
  type RunRecord,
} from '../../../app/run/run-directory.ts'
import type { RunSettings } from '../../../app/settings/settings.ts'
import { defaultBudget } from '../../../machines/index.ts'

let data: string

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'canopy-run-directory-'))
})

afterEach(() => rm(data, { recursive: true, force: true }))

const recordOf = async (path: string) =>
  JSON.parse(await readFile(join(path, 'run.json'), 'utf8')) as RunRecord

function settings(percent = 90): RunSettings {
  return {
    repository: '/somewhere',
    sample: false,
    milestones: [
      {
        id: `branch-coverage-${percent}`,
        name: 'Tested',
        goal: { branchCoverage: percent },
        priority: 5,
        needs: [],
      },
    ],
    budget: defaultBudget(false),
    workers: 1,
    dataDirectory: data,
    json: false,
    sandbox: true,
    sync: false,
    seed: 1,
    allowDirty: false,
    allowedDependencies: [],
    backupEvery: 0,
    keepBackups: 12,
  }
}

it('a run that is not over is gone on with', async () => {
  const first = await openRunDirectory(settings(), 1)
  const second = await openRunDirectory(settings(), 2)
  expect(first).toMatchObject({ resumed: false })
  expect(second).toMatchObject({ resumed: true, path: first.path, record: { began: 1 } })
})

it('its system has a name that no other has, and keeps it', async () => {
  const other = join(data, 'elsewhere', basename(data))
  await mkdir(other, { recursive: true })
  const [here, there] = [
    await openRunDirectory(settings(), 1),
    await openRunDirectory({ ...settings(), dataDirectory: other }, 1),
  ]
  expect(here.record.system).not.toBe(there.record.system)
  expect((await openRunDirectory(settings(), 2)).record.system).toBe(here.record.system)
})

it('other goals than those it began with are refused, and the way out is told', async () => {
  await openRunDirectory(settings(90), 1)
  const other = openRunDirectory(settings(80), 2)
  await expect(other).rejects.toMatchObject({ code: 'other_run', wayOut: expect.stringContaining('--data') })
})

it('after a run that is over a new one begins, and the last three are kept, with their samples', async () => {
  for (let n = 1; n <= 5; n += 1) {
    await mkdir(join(data, 'sample', `${n}`), { recursive: true })
    await closeRunDirectory(await openRunDirectory(settings(), n))
  }
  expect((await readdir(join(data, 'runs'))).toSorted()).toEqual(['3', '4', '5'])
  expect((await readdir(join(data, 'sample'))).toSorted()).toEqual(['3', '4', '5'])
  expect((await newestRun(data))?.record.over).toBe(true)
})

it('a record that cannot be read is told as that', async () => {
  const { path } = await openRunDirectory(settings(), 1)
  await writeFile(join(path, 'run.json'), '{"system": 3}')
  await expect(openRunDirectory(settings(), 2)).rejects.toMatchObject({ code: 'run_unreadable' })
  await writeFile(join(path, 'run.json'), '{"syst')
  await expect(openRunDirectory(settings(), 2)).rejects.toMatchObject({ code: 'run_unreadable' })
})

it('no run begins beside one whose record cannot be read', async () => {
  const { path } = await openRunDirectory(settings(), 1)
  await rm(join(path, 'run.json'))
  await mkdir(join(path, 'run.json'))
  await expect(openRunDirectory(settings(), 2)).rejects.toMatchObject({
    code: 'run_unreadable',
    message: expect.stringContaining('run.json cannot be read: it is a directory'),
  })
  expect(await readdir(join(data, 'runs'))).toEqual(['1'])
})

it.each(['begins', 'goes on'])(
  'a run that %s sweeps the drafts that a kill left, and nothing else',
  async (how) => {
    const { path } = await openRunDirectory(settings(), 1)
    if (how === 'begins') await closeRunDirectory({ path, record: await recordOf(path), resumed: false })
    const draft = `costs.json.${randomUUID()}.new`
    const folders = how === 'begins' ? [data] : [data, path]
    const long = new Date(Date.now() - 3_600_000)
    for (const folder of folders)
      for (const name of [draft, 'costs.json.mine.new']) {
        await writeFile(join(folder, name), '[')
        await utimes(join(folder, name), long, long)
      }
    await openRunDirectory(settings(), 2)
    for (const folder of folders) {
      const names = await readdir(folder)
      expect(names).not.toContain(draft)
      expect(names).toContain('costs.json.mine.new')
    }
  },
)

it('a run that was killed before it had a record is no run', async () => {
  await mkdir(join(data, 'runs/1'), { recursive: true })
  const { path, resumed } = await openRunDirectory(settings(), 1)
  expect([basename(path), resumed]).toEqual(['2', false])
})
