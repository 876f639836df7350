import { expect, it } from 'vitest'
import { LruCache, PriorityQueue } from '../src/collections.js'

it('hands out the smallest first, equal ones in the order they came', () => {
  const queue = new PriorityQueue<[number, string]>((a, b) => a[0] - b[0])
  for (const item of [
    [3, 'c'],
    [1, 'a'],
    [3, 'd'],
    [2, 'b'],
  ] as [number, string][])
    queue.push(item)
  expect([...queue.drain()].map(([, name]) => name).join('')).toBe('abcd')
})

it('forgets what was not asked for longest', () => {
  const cache = new LruCache<string, number>(2)
  cache.set('a', 1)
  cache.set('b', 2)
  expect(cache.get('a')).toBe(1)
  expect(cache.set('c', 3)).toBe('b')
  expect(cache.keys()).toEqual(['a', 'c'])
})
