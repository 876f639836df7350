// That a commit costs what changed, and not what there is (S2).

import { MemoryLevel } from 'memory-level'
import { describe, expect, test } from 'vitest'
import { type ActorRecord, PersistentMap } from '../../kernel/index.ts'
import { commitOperations } from '../../persistence/commit.ts'
import type { LevelDatabase } from '../../persistence/database.ts'
import type { Commit } from '../../persistence/index.ts'
import { openLevel } from '../../persistence/open.ts'
import { assign, newborn, step } from './actor.ts'

function rowsOf(commit: Commit): [string, string | undefined][] {
  const { before, epoch } = commit
  const standing = before && { epoch: 1, birth: before.birth, sequence: before.sequence }
  expect(epoch).toBeGreaterThan(0)
  return commitOperations(commit, standing).map(([key, text]) => [key.replace('actor!a!record!', ''), text])
}

function born(context: Readonly<Record<string, unknown>>): ActorRecord {
  return step(newborn('a', context)).after
}

describe('a commit writes', () => {
  test('everything when there is nothing yet', () => {
    const rows = new Map(rowsOf(step(newborn('a', { n: 1, none: PersistentMap.empty() }))))
    expect([...rows.keys()]).toEqual([
      'head',
      'state',
      ...['invocations', 'alarms', 'places', 'sent', 'outside'].map((name) => `field!${name}`),
      'context!n',
      'context!none',
      'supervision!children',
      'supervision!restarts',
      'supervision!next',
      `journal!a!${'1'.padStart(16, '0')}`,
    ])
    expect(rows.get('head')).toContain('"kind":"task","version":1')
    expect(rows.get('context!none')).toBe('map[]')
  })

  test('state, journal and what the step changed, and nothing else', () => {
    const record = born({ n: 1, big: 'x'.repeat(10_000), list: [1] })
    expect(rowsOf(assign(record, { n: 2 })).map(([key]) => key)).toEqual([
      'state',
      'context!n',
      `journal!a!${'2'.padStart(16, '0')}`,
    ])
  })

  test('the head again when the epoch, the version or the names change', () => {
    const record = born({ n: 1 })
    const keys = (commit: Commit) => rowsOf(commit).map(([key]) => key)
    expect(keys(step(record))).not.toContain('head')
    expect(keys(step(record, {}, { epoch: 2 }))).toContain('head')
    expect(keys(step(record, { version: 2 }))).toContain('head')
    expect(keys(step(record, { poison: { id: 'm', count: 1, event: 'X' } }))).toContain('head')
    expect(keys(assign(record, { m: 1 }))).toContain('head')
  })

  test('one bucket of a map among what it knows of its children, and not its restarts', () => {
    const children = PersistentMap.fromEntries(Array.from({ length: 1000 }, (_, at) => [`t${at}`, { at }]))
    const known = { children, restarts: [1, 2] } as object as ActorRecord['supervision']
    const record = step(newborn('a'), { supervision: known }).after
    const more = { ...known, children: children.set('t7', { at: 0 }) } as object as ActorRecord['supervision']
    const keys = rowsOf(step(record, { supervision: more })).map(([key]) =>
      key.replace(/children!.*/, 'children!'),
    )
    expect(keys).toEqual(['state', 'supervision!children!', `journal!a!${'2'.padStart(16, '0')}`])
  })

  test('one bucket of a map, the same few bytes whether it holds 100 or 10,000', () => {
    const lengths = [100, 10_000].map((count) => {
      const tasks = PersistentMap.fromEntries(
        Array.from({ length: count }, (_, at) => [`task-${at}`, { state: 'waiting' }]),
      )
      const rows = rowsOf(assign(born({ tasks }), { tasks: tasks.set('task-7', { state: 'done' }) }))
      expect(rows.map(([key]) => key.replace(/tasks!.*/, 'tasks!'))).toEqual([
        'state',
        'context!tasks!',
        `journal!a!${'2'.padStart(16, '0')}`,
      ])
      return rows.reduce((sum, [, text]) => sum + (text?.length ?? 0), 0)
    })
    expect(Math.max(...lengths)).toBeLessThan(700)
  })
})

test('what is asked for at the same time is one batch', async () => {
  const level = new MemoryLevel<string, string>() as object as LevelDatabase & {
    _batch(...parameters: unknown[]): Promise<void>
  }
  const store = await openLevel(level, { directory: '(memory)' })
  const write = level._batch.bind(level)
  let batches = 0
  level._batch = (...parameters) => {
    batches += 1
    return write(...parameters)
  }
  const commits = Array.from({ length: 50 }, (_, at) => store.commit(step(newborn(`task-${at}`))))
  const others = [store.saveEffectResult('k', { kind: 'done', output: 1 }), store.settle('task-1', ['x'])]
  await Promise.all([...commits, ...others])
  expect(batches).toBe(1)
  await store.close()
})
