import { MemoryLevel } from 'memory-level'
import { beforeEach, expect, test } from 'vitest'
import { type MigrationStep, migrate } from '../../persistence/migrations.ts'

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

test('a step sees rows that were only written ahead', async () => {
  await level.put('fact!format', '1')
  await level.put(`ahead!${'0'.repeat(16)}`, ['0', 'trace', 'ahead'].join('\n'))
  await migrate(level, { format: 2, steps: new Map([[1, trace(1)]]) })
  expect(await level.get('trace')).toBe('ahead1')
})
