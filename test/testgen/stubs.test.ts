// Stubs: chance, time, timers, the folder and the end of the program are the same every time, and it is known which of
// them the code made use of.

import { Worker } from 'node:worker_threads'
import { beforeAll, describe, expect, it } from 'vitest'
import { startOfTime } from '../../testgen/inside/clock.ts'

interface Answer {
  readonly result: unknown
  readonly used: Readonly<Record<string, boolean>>
}

const iso = new Date(startOfTime).toISOString()

/** A program, what it gives, and what it made use of. */
const programs: readonly (readonly [program: string, result: unknown, used: readonly string[]])[] = [
  ['return Math.random()', 0.5, ['chance']],
  ['stubs.chance = 0.9; return [Math.random(), Math.random()]', [0.9, 0.9], ['chance']],
  ['return Math.max(1, 2)', 2, []],
  ['return Date.now()', startOfTime, ['clock']],
  ['return new Date().toISOString()', iso, ['clock']],
  ['return new Date(0).toISOString()', '1970-01-01T00:00:00.000Z', []],
  ['return new Date(2024, 0, 15) instanceof Date', true, []],
  ['return new Date("2024-02-29").getTime() === Date.parse("2024-02-29")', true, []],
  ['return Date.UTC(2024, 0, 1)', Date.UTC(2024, 0, 1), []],
  ['return typeof Date()', 'string', ['clock']],
  [
    'return [Date.name, new Date(0).constructor === Date, Date.prototype.constructor === Date]',
    ['Date', true, true],
    [],
  ],
  [
    'class Day extends Date { first() { return new Day(this).setDate(1) } } return [new Day(0) instanceof Day, new Day(0).first()]',
    [true, 0],
    [],
  ],
  ['return Object.prototype.toString.call(new Date(0))', '[object Date]', []],
  ['return performance.now()', startOfTime, ['clock']],
  [
    'const seen = []; setTimeout(() => seen.push("late"), 1000); advance(); return [seen, clock.elapsed]',
    [['late'], 1000],
    ['timers'],
  ],
  [
    'const seen = []; setTimeout((...all) => seen.push(...all), 5, "a", "b"); advance(); return seen',
    ['a', 'b'],
    ['timers'],
  ],
  [
    'let n = 0; const timer = setInterval(() => { if (++n === 3) clearInterval(timer) }, 10); advance(); return [n, clock.elapsed]',
    [3, 30],
    ['timers'],
  ],
  [
    'let n = 0; const timer = setTimeout(() => n++, 5); clearTimeout(timer); advance(); return n',
    0,
    ['timers'],
  ],
  [
    'let n = 0; clearTimeout(undefined); clearTimeout(null); clearTimeout("x"); clearTimeout({}); return n',
    0,
    [],
  ],
  [
    'const seen = []; setTimeout(() => seen.push("timeout"), 5); setImmediate(() => seen.push("immediate")); advance(); return seen',
    ['immediate', 'timeout'],
    ['timers'],
  ],
  ['let n = 0; const one = setImmediate(() => n++); clearImmediate(one); advance(); return n', 0, ['timers']],
  [
    'const timer = setTimeout(() => {}, 5); return [timer.ref() === timer, timer.unref() === timer, timer.hasRef(), timer.refresh() === timer, typeof +timer]',
    [true, true, true, true, 'number'],
    ['timers'],
  ],
  [
    'let n = 0; const timer = setTimeout(() => n++, 5); clearTimeout(+timer); advance(); return n',
    0,
    ['timers'],
  ],
  ['return process.cwd()', '/home/canopy/project', ['folder']],
  ['process.chdir("/"); return process.cwd()', '/home/canopy/project', ['folder']],
  ['process.exit(1)', 'exit', ['ended']],
  ['process.abort()', 'exit', ['ended']],
  ['process.kill(process.pid)', 'exit', ['ended']],
  ['process.reallyExit(0)', 'exit', ['ended']],
  ['try { process.exit() } catch {} return "went on"', 'went on', ['ended']],
  ['process.exitCode = 3; return process.exitCode', 3, []],
  ['console.log("x"); console.error("x"); console.table([1]); return process.stdout.write("x")', true, []],
  ['return "ab".repeat(3) + "a".padStart(3, "-") + "a".padEnd(3)', 'ababab--aa  ', []],
  ['return "ab".repeat(100000)', 'too long', []],
  ['return "a".repeat(Infinity)', 'too long', []],
  ['return "a".padStart(1e6)', 'too long', []],
  ['return "a".padEnd(1e6)', 'too long', []],
  ['return "a".repeat(100000).length', 100_000, []],
  ['return "a".repeat(-1)', 'RangeError: Invalid count value: -1', []],
  ['return Array.from({ length: 3 }, (_, index) => index)', [0, 1, 2], []],
  ['return Array.from("abc")', ['a', 'b', 'c'], []],
  ['return Array.from(new Set([1, 2]))', [1, 2], []],
  ['class List extends Array {} return List.from([1]) instanceof List', true, []],
  ['return Array.from({ length: 1e6 })', 'too long', []],
  ['return new Array(3).fill(0)', [0, 0, 0], []],
  ['return [1, 2, 3].fill(9, 1, 2)', [1, 9, 3], []],
  ['return new Array(1e6).fill(0)', 'too long', []],
]

describe('a program under test', () => {
  let answers: readonly Answer[]

  beforeAll(async () => {
    const thread = new Worker(new URL('./stubs-thread.ts', import.meta.url), {
      workerData: programs.map(([program]) => program),
      stdout: true,
      stderr: true,
    })
    answers = await new Promise((resolve, reject) => {
      thread.once('message', resolve)
      thread.once('error', reject)
    })
    await thread.terminate()
  })

  it.each(programs.map(([program, result, used], index) => [program, result, used, index] as const))(
    '%s',
    (_program, result, used, index) => {
      const answer = answers[index]
      expect(answer?.result).toEqual(result)
      const made = Object.entries(answer?.used ?? {}).flatMap(([name, was]) => (was ? [name] : []))
      expect(made.sort()).toEqual([...used].sort())
    },
  )
})
