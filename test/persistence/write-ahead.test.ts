import fc from 'fast-check'
import { MemoryLevel } from 'memory-level'
import { expect, test } from 'vitest'
import { WriteAhead } from '../../persistence/write-ahead.ts'
import { all } from './actor.ts'

const key = fc.nat({ max: 40 }).map((number) => `row!${String(number).padStart(2, '0')}`)
const text = fc.option(
  fc.oneof(
    fc.nat().map(String),
    // Long enough, now and then, to make the gathered rows be written out.
    fc.constant(JSON.stringify('x'.repeat(400_000))),
  ),
  { nil: undefined },
)
const batch = fc.array(fc.tuple(key, text), { minLength: 1, maxLength: 10 }).map((rows) => new Map(rows))
const action = fc.oneof(
  { weight: 8, arbitrary: batch },
  { weight: 1, arbitrary: fc.constant('die' as const) },
  { weight: 1, arbitrary: fc.constant('large' as const) },
)

function large(): Map<string, string> {
  return new Map(Array.from({ length: 600 }, (_, at) => [`row!50!${at}`, `${at}`]))
}

async function memory(): Promise<MemoryLevel<string, string>> {
  const level = new MemoryLevel<string, string>()
  await level.open()
  return level
}

test('is what a sorted map would be, whatever dies between the batches', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 25 }), key, key, async (actions, one, other) => {
      const level = await memory()
      let rows = await WriteAhead.open(level, false)
      const model = new Map<string, string>()
      for (const each of actions) {
        if (each === 'die') {
          // Nobody closes: what was gathered is gone with the process, what was written is not.
          rows = await WriteAhead.open(level, false)
          continue
        }
        const changes = each === 'large' ? large() : each
        await rows.write(changes)
        for (const [name, value] of changes) {
          if (value === undefined) model.delete(name)
          else model.set(name, value)
        }
        const [gte = '', lt = ''] = [one, other].toSorted()
        const expected = [...model].filter(([name]) => gte <= name && name < lt).toSorted()
        expect(await all(rows.in({ gte, lt }))).toEqual(expected)
        expect(rows.get(one)).toBe(model.get(one))
      }
    }),
    { numRuns: 60 },
  )
})

test('writes one row for a batch, and the last of each when enough have gathered', async () => {
  const level = await memory()
  const rows = await WriteAhead.open(level, false)
  for (let at = 0; at < 300; at += 1) {
    await rows.write(
      new Map([
        ['state', `${at}`],
        [`journal!${at}`, `${at}`],
      ]),
    )
  }
  expect(await level.get('state')).toBeUndefined()
  expect(await level.keys().all()).toHaveLength(300)
  await rows.write(large())
  expect(await level.get('state')).toBe('299')
  expect(await level.get('journal!17')).toBe('17')
})

test('has no more slots than a cycle has rows, however often the same row is written', async () => {
  const level = await memory()
  const rows = await WriteAhead.open(level, false)
  for (let at = 0; at < 3000; at += 1) await rows.write(new Map([['state', `${at}`]]))
  expect((await level.keys().all()).length).toBeLessThan(600)
  expect((await WriteAhead.open(level, false)).get('state')).toBe('2999')
})
