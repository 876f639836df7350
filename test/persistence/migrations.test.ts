import { MemoryLevel } from 'memory-level'
import { beforeEach, expect, test } from 'vitest'
import { type MigrationStep, migrate } from '../../persistence/migrations.ts'
import { openLevel } from '../../persistence/open.ts'

let level: MemoryLevel<string, string>
beforeEach(async () => {
  level = new MemoryLevel<string, string>()
  await level.open()
})

/** Adds its number to the trace, so that a step made twice is seen. */
const trace =
  (format: number): MigrationStep =>
  async (rows) => [['trace', `${rows.getSync('trace') ?? ''}${format}`]]

test('a new store begins at the current format', async () => {
  await migrate(level, { format: 3, steps: new Map([[1, trace(1)]]) })
  expect(await level.iterator().all()).toEqual([['fact!format', '3']])
})

test('an older store is brought up step by step, each step once', async () => {
  await migrate(level, { format: 1, steps: new Map() })
  const steps = new Map([
    [1, trace(1)],
    [2, trace(2)],
  ])
  await migrate(level, { format: 3, steps })
  await migrate(level, { format: 3, steps })
  expect(await level.get('trace')).toBe('12')
  expect(await level.get('fact!format')).toBe('3')
})

test('a step that fails leaves the store as the step before it did', async () => {
  await migrate(level, { format: 1, steps: new Map() })
  const fails: MigrationStep = async () => {
    throw new Error('step 2 failed')
  }
  const broken = {
    format: 3,
    steps: new Map([
      [1, trace(1)],
      [2, fails],
    ]),
  }
  await expect(migrate(level, broken)).rejects.toThrow('step 2 failed')
  expect(await level.get('fact!format')).toBe('2')
  await migrate(level, { format: 3, steps: new Map([[2, trace(2)]]) })
  expect(await level.get('trace')).toBe('12')
})

test('a format without a way up, a newer one and a foreign one are refused untouched', async () => {
  await migrate(level, { format: 1, steps: new Map() })
  await expect(migrate(level, { format: 2, steps: new Map() })).rejects.toThrow('format is 1')
  await expect(migrate(level, { format: 0, steps: new Map() })).rejects.toThrow('up to 0')
  await level.put('fact!format', '1.5')
  await expect(migrate(level)).rejects.toThrow("'1.5'")
  expect(await level.iterator().all()).toEqual([['fact!format', '1.5']])
})

test('1 to 2: what was known of children is there under its new keys, also what was only written ahead', async () => {
  const fields = ['sequence', 'snapshot', 'supervision', 'invocations', 'alarms', 'places', 'sent', 'outside']
  const names = ['address', 'kind', 'version', 'parent', 'id', 'birth', 'incarnation', ...fields]
  const head = { kind: 'task', version: 1, epoch: 3, parent: null, id: 'a', birth: 'b1', incarnation: 1 }
  const child = { id: 'c', spec: { restart: 'permanent' }, state: 'running' }
  const supervision = { children: [child], restarts: [7] }
  const rows = (address: string): [string, string][] => [
    [`actor!${address}!record!head`, JSON.stringify({ ...head, names, context: [] })],
    [
      `actor!${address}!record!state`,
      '{"sequence":1,"snapshot":{"status":"active","value":"idle","context":0}}',
    ],
    [`actor!${address}!record!field!supervision`, JSON.stringify(supervision)],
    [`actor!${address}!record!field!invocations`, '{}'],
    [`actor!${address}!record!field!alarms`, '{}'],
    [`actor!${address}!record!field!places`, 'map[]'],
    [`actor!${address}!record!field!sent`, 'map[]'],
    [`actor!${address}!record!field!outside`, '[]'],
  ]
  await level.batch(rows('a').map(([key, value]) => ({ type: 'put', key, value })))
  await level.put('fact!format', '1')
  await level.put(`ahead!${'0'.repeat(16)}`, ['0', ...rows('b').flat()].join('\n'))
  for (let time = 0; time < 2; time += 1) {
    const store = await openLevel(level, { directory: '(memory)' })
    for (const address of ['a', 'b']) {
      const record = (await store.read(address))?.record
      expect(record).toMatchObject({ address, id: 'a', supervision: { restarts: [7], next: 1 } })
      const spec = { significant: false, restart: 'permanent' }
      expect([...(record?.supervision.children ?? [])]).toEqual([['c', { ...child, spec, order: 0 }]])
    }
    await store.close()
    await level.open()
  }
  expect(await level.get('actor!b!record!field!supervision')).toBeUndefined()
})
