// Faults of new tests: they cannot fail, their failure is not seen, they test a mock, sleep, reach out, or change the runner.

import { describe, expect, it } from 'vitest'
import { kindsOf } from './judged.ts'

const fresh = (lines: string, head = '') =>
  kindsOf(undefined, `${head}it('adds', async () => {\n${lines}\n})\n`)
const bare = async (lines: string, head?: string) =>
  (await fresh(lines, head)).map((one) => one.replace(/^\d+ /, ''))

describe('a new test cannot fail', () => {
  it.each([
    ['expect(true).toBe(true)'],
    ['expect(1).toBe(1)'],
    ['expect(1 + 1).toBe(2)'],
    [`expect('a'.length).toBe(1)`],
    ['expect([1, 2]).toEqual([1, 2])'],
    ['expect(undefined).toBeUndefined()'],
    ['expect(JSON.stringify({ a: 1 })).toBe(\'{"a":1}\')'],
    ['expect(Math.max(1, 2)).toBe(2)'],
    ['assert.equal(1, 1)'],
    ['assert.ok(true)'],
    ['assert(1)'],
    ['const one = 1\nexpect(one).toBe(1)'],
    ['const one = 1\nconst two = one\nexpect(two).toBe(one)'],
    ['const sum = f()\nexpect(sum).toBe(sum)'],
    ['expect(f()).toBe(f())'],
    ['expect(f() || true).toBe(true)'],
    ['expect(true || f()).toBeTruthy()'],
    ['expect(f() === 3 || 1).toBeTruthy()'],
    ['expect([true, false]).toContain(f())'],
    ['expect(f().length).toBeGreaterThanOrEqual(0)'],
    ['expect(f().size).toBeGreaterThanOrEqual(-1)'],
    ['expect(f()).toBeLessThanOrEqual(Infinity)'],
    ['expect(f()).toBeGreaterThan(Number.NEGATIVE_INFINITY)'],
    ['expect(f()).toMatch(/.*/)'],
    ['expect(f()).toMatch(/^/)'],
    ['expect(f()).toMatch(/(?:)/)'],
    ['expect((f(), 3)).toBe(3)'],
    ['expect(3 ?? f()).toBe(3)'],
    ['const mock = vi.fn(() => 3)\nexpect(mock()).toBe(3)'],
  ])('%j', async (lines) => {
    expect(await bare(lines)).toEqual(['tautology'])
  })

  it.each([
    ['expect(f()).toBe(3)'],
    ['expect(f(1)).toBe(f(2))'],
    ['expect(f() && true).toBe(true)'],
    ['expect(f() ?? 3).toBe(3)'],
    ['expect([1, 2]).toContain(f())'],
    ['expect(f().length).toBeGreaterThan(0)'],
    ['expect(f()).toMatch(/a.*/)'],
    ['expect(new Cart()).toEqual({})'],
    ['expect(this.cart).toBe(3)'],
    ['const list = []\nf(list)\nexpect(list).toEqual([1])'],
    ['let count = 0\nf(() => count++)\nexpect(count).toBe(1)'],
    ['const mock = vi.fn()\nf(mock)\nexpect(mock).toHaveBeenCalledWith(3)'],
    ['const a = f()\na.add(1)\nexpect(a.sum).toBe(1)'],
  ])('but this one can: %j', async (lines) => {
    expect(await bare(lines)).toEqual([])
  })
})

describe('the failure of a new test is not seen', () => {
  it.each([
    ['try { expect(f()).toBe(1) } catch {}', 'swallowed_failure'],
    ['try { expect(f()).toBe(1) } catch (error) { console.log(error) }', 'swallowed_failure'],
    ['try { expect(f()).toBe(1) } finally { return }', 'swallowed_failure'],
    ['await g().then(() => expect(f()).toBe(1)).catch(() => {})', 'swallowed_failure'],
    ['if (f()) expect(f()).toBe(1)', 'conditional_assertion'],
    ['f() && expect(f()).toBe(1)', 'conditional_assertion'],
    ['f() ? expect(f()).toBe(1) : undefined', 'conditional_assertion'],
    ['switch (f()) { case 1: expect(f()).toBe(1) }', 'conditional_assertion'],
    ['return\nexpect(f()).toBe(1)', 'early_return'],
    ['if (!f()) return\nexpect(f()).toBe(1)', 'early_return'],
    ['expect(f()).resolves.toBe(1)', 'unawaited_assertion'],
    ['expect(f()).rejects.toThrow()', 'unawaited_assertion'],
    ['assert.rejects(f())', 'unawaited_assertion'],
    ['g().then(() => { expect(f()).toBe(1) })', 'unawaited_assertion'],
    ['setTimeout(() => { expect(f()).toBe(1) }, 5)', 'unawaited_assertion'],
    ['const later = () => { expect(f()).toBe(1) }', 'unreached_assertion'],
    ['while (false) expect(f()).toBe(1)', 'unreached_assertion'],
  ])('%j', async (lines, kind) => {
    expect(await bare(lines)).toEqual([kind])
  })

  it.each([
    ['await expect(f()).resolves.toBe(1)'],
    ['return expect(f()).resolves.toBe(1)'],
    ['const done = expect(f()).resolves.toBe(1)\nawait done'],
    ['await Promise.all([expect(f()).resolves.toBe(1)])'],
    ['await g().then(() => { expect(f()).toBe(1) })'],
    ['return g().then(() => { expect(f()).toBe(1) })'],
    ['await new Promise((resolve) => setTimeout(() => { expect(f()).toBe(1); resolve() }, 5))'],
    ['try { f() } finally { g() }\nexpect(f()).toBe(1)'],
    ['if (f()) expect(f()).toBe(1)\nelse expect(f()).toBe(2)'],
    ['expect(f()).toBe(1)\nif (g()) expect(g()).toBe(2)'],
    ['const check = () => { expect(f()).toBe(1) }\ncheck()'],
    ['const check = (a) => { expect(a).toBe(1) }\nf().forEach(check)'],
    ['expect.assertions(1)\ntry { f() } catch (error) { expect(error.code).toBe(1) }'],
  ])('but of this one it is: %j', async (lines) => {
    expect(await bare(lines)).toEqual([])
  })
})

describe('a new test has another fault', () => {
  it.each([
    ['', ['emptied_test']],
    ['f()', ['no_assertion']],
    ['expect(f())', ['no_assertion']],
    ['expect(f()).toBe', ['no_assertion']],
    ['await sleep(100)\nexpect(f()).toBe(1)', ['sleeps']],
    ['await delay(1_000)\nexpect(f()).toBe(1)', ['sleeps']],
    ['await new Promise((done) => setTimeout(done, 50))\nexpect(f()).toBe(1)', ['sleeps']],
    ['Atomics.wait(a, 0, 0, 50)\nexpect(f()).toBe(1)', ['sleeps']],
    ['while (Date.now() < end) {}\nexpect(f()).toBe(1)', ['sleeps']],
    [`await fetch('https://shop.com')\nexpect(f()).toBe(1)`, ['network']],
    [`await axios.get('https://shop.com')\nexpect(f()).toBe(1)`, ['network']],
    [`await fetch(new URL('https://shop.com'))\nexpect(f()).toBe(1)`, ['network']],
    ['process.exit(0)\nexpect(f()).toBe(1)', ['meddles_with_runner']],
    ['process.kill(process.pid)\nexpect(f()).toBe(1)', ['meddles_with_runner']],
    ['process.exitCode = 0\nexpect(f()).toBe(1)', ['meddles_with_runner']],
    [`process.on('uncaughtException', () => {})\nexpect(f()).toBe(1)`, ['meddles_with_runner']],
    ['expect.extend({ toBe: () => ({ pass: true }) })\nexpect(f()).toBe(1)', ['meddles_with_runner']],
    ['globalThis.expect = g\nexpect(f()).toBe(1)', ['meddles_with_runner']],
    ['jest.retryTimes(3)\nexpect(f()).toBe(1)', ['meddles_with_runner']],
    ['expect.assertions(0)\nexpect(f()).toBe(1)', ['meddles_with_runner']],
  ])('%j: %j', async (lines, kinds) => {
    expect(await bare(lines)).toEqual(kinds)
  })

  it.each([
    ['await sleep(5)\nexpect(f()).toBe(1)'],
    ['vi.useFakeTimers()\nsetTimeout(done, 5_000)\nexpect(f()).toBe(1)'],
    [`await fetch('http://localhost:80')\nexpect(f()).toBe(1)`],
    [`await fetch('http://127.0.0.1/a')\nexpect(f()).toBe(1)`],
    [`await fetch('https://example.com')\nexpect(f()).toBe(1)`],
    [`await fetch('/a')\nexpect(f()).toBe(1)`],
    [`vi.stubGlobal('fetch', g)\nawait fetch('https://shop.com')\nexpect(f()).toBe(1)`],
    [`process.on('exit', g)\nexpect(f()).toBe(1)`],
    ['process.kill(child.pid)\nexpect(f()).toBe(1)'],
    ['expect.extend({ toBeCart: () => ({ pass: true }) })\nexpect(f()).toBe(1)'],
  ])('but this has none: %j', async (lines) => {
    expect(await bare(lines)).toEqual([])
  })

  const HEAD = `import { total } from '../src/shop.ts'\n`
  it.each([
    [`vi.mock('../src/shop.ts', () => ({ total: () => 3 }))\n`, ['mocked_subject']],
    [`jest.mock('../src/shop')\n`, ['mocked_subject']],
    [`vi.mock(import('../src/shop.ts'))\n`, ['mocked_subject']],
    [`vi.mock('../src/mail.ts')\n`, []],
    [`vi.mock('node:fs')\n`, []],
  ])('its subject is a mock by %j: %j', async (mock, kinds) => {
    expect(await bare('expect(total([1])).toBe(1)', HEAD + mock)).toEqual(kinds)
  })
})
