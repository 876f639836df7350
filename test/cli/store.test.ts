// `canopy store`: backups of a run that goes on, and a run from a backup.

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { verbHandlers } from '../../app/control/control-verb.ts'
import { requireNatsServer } from '../../app/run/requirements.ts'
import { backupVerb } from '../../app/store/backups.ts'
import { Backups, openStore } from '../../persistence/index.ts'
import { connectNats, openControl, startNatsServer } from '../../transport/index.ts'
import { newborn, step } from '../persistence/actor.ts'
import { called, type Said } from './called.ts'
import { scratch } from './scratch.ts'

function canopy(data: string, ...args: string[]): Promise<Said> {
  return called(['store', ...args, '--data', data], data)
}

/** A data directory with one run. */
function runWith({ over = false } = {}): { data: string; path: string; directory: string; backups: string } {
  const data = scratch()
  const path = join(data, 'runs', '1')
  mkdirSync(path, { recursive: true })
  const record = { system: 'shop-1', repository: '/r', milestones: [], seed: 1, began: 0, over }
  writeFileSync(join(path, 'run.json'), JSON.stringify(record))
  return { data, path, directory: join(path, 'store'), backups: join(data, 'backups', '1') }
}

const clock = { now: () => Date.UTC(2027, 0, 2, 3, 4, 5), after: () => () => {} }

/** A stored counter, backed up at one and left at two. */
async function stored(run: ReturnType<typeof runWith>): Promise<void> {
  const store = await openStore({ directory: run.directory })
  const first = step(newborn('a', { n: 1 }))
  await store.commit(first)
  await new Backups({ store, backups: run.backups, everyMs: 0, keep: 12, clock }).take()
  await store.commit(step(first.after))
  await store.close()
}

describe('canopy store', () => {
  it('lists the backups and finds damaged ones', async () => {
    const run = runWith()
    expect((await canopy(run.data, 'backups')).out).toContain('no backups')
    await stored(run)
    const { code, out } = await canopy(run.data, 'backups')
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/^000001-20270102T030405Z {2}\d+ rows, 1 kB\n$/),
    })
    const [id = ''] = readdirSync(run.backups)
    writeFileSync(join(run.backups, id, 'rows.jsonl.gz'), 'x')
    expect(await canopy(run.data, 'backups')).toMatchObject({
      code: 1,
      out: expect.stringContaining('damaged'),
    })
    expect(JSON.parse((await canopy(run.data, 'backups', '--json')).out)).toMatchObject([
      { id, damaged: expect.any(String) },
    ])
  })

  it('restores one and tells where the former state is', async () => {
    const run = runWith()
    await stored(run)
    const { code, out } = await canopy(run.data, 'restore')
    expect(code).toBe(0)
    expect(out).toContain('restored 000001-20270102T030405Z')
    expect(out).toContain(`${run.directory}.before-restore-1`)
    const store = await openStore({ directory: run.directory })
    expect((await store.read('a'))?.record.sequence).toBe(1)
    await store.close()
  })

  it('restores nothing when there is no backup, and says so', async () => {
    const run = runWith()
    expect(await canopy(run.data, 'restore')).toMatchObject({
      code: 2,
      err: expect.stringContaining('no backup'),
    })
    await stored(run)
    const unknown = await canopy(run.data, 'restore', '--from', 'x')
    expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining("no backup 'x'") })
    expect(await canopy(scratch(), 'backups')).toMatchObject({
      code: 2,
      err: expect.stringContaining('no run'),
    })
  })

  it('checks what is stored, and its backups', async () => {
    const run = runWith()
    expect(await canopy(run.data, 'check')).toMatchObject({
      code: 2,
      err: expect.stringContaining('no store'),
    })
    await stored(run)
    // The counter is a task without a life of its own: its one journal entry cannot have led to its record.
    const { code, out } = await canopy(run.data, 'check', '--backup')
    expect({ code, out }).toEqual({
      code: 1,
      out: expect.stringMatching(/^1 actor, .*\na: .*\n1 problem\n$/s),
    })
    expect(JSON.parse((await canopy(run.data, 'check', '--json')).out)).toMatchObject({
      actors: 1,
      problems: [{ where: 'a' }],
    })
    expect(await canopy(run.data, 'check', '--backup', 'x')).toMatchObject({
      code: 2,
      err: expect.stringContaining("no backup 'x'"),
    })
    const empty = runWith()
    await (await openStore({ directory: empty.directory })).close()
    expect(await canopy(empty.data, 'check')).toMatchObject({
      code: 0,
      out: expect.stringContaining('no problems'),
    })
  })

  it('backs up through the system that runs', async () => {
    const run = runWith()
    await stored(run)
    const idle = await canopy(run.data, 'backup')
    expect(idle).toMatchObject({ code: 2, err: expect.stringContaining('no run is active') })
    const server = await startNatsServer({
      binary: await requireNatsServer(() => {}),
      directory: run.path,
      log: () => {},
      onRestart: () => {},
    })
    onTestFinished(() => server.stop())
    const connection = await connectNats({
      url: server.url,
      credentials: server.credentials.main,
      name: 'test',
    })
    onTestFinished(() => connection.close())
    const store = await openStore({ directory: run.directory })
    onTestFinished(() => store.close())
    const control = openControl({ connection, system: 'shop-1' })
    const backups = new Backups({ store, backups: run.backups, everyMs: 0, keep: 12, clock })
    await control.serve(verbHandlers([backupVerb], { backups }))
    expect((await canopy(run.data, 'backup')).out).toMatch(/^backup 000002-20270102T030405Z: \d+ rows/)
    expect(readdirSync(run.backups)).toHaveLength(2)
  })
})
