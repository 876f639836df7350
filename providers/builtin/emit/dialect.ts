// Dialect
//
// Owns:   how each test runner says the same thing.
// Leaves: what is said (write-case.ts).

import type { Thrown } from '../outcome.ts'
import type { Printer } from './print.ts'

export interface Dialect {
  /** Of a value that prints as `value`; `deep` for what is compared by its parts. */
  equal(actual: string, value: string, how: 'same' | 'deep' | 'strict'): string
  instance(actual: string, of: string): string
  type(actual: string, of: string): string
  throws(call: string, thrown: Thrown, indent: number): string
  rejects(promise: string, thrown: Thrown, indent: number): string
  /** Names the test file needs from the runner. */
  readonly needs: readonly string[]
}

export function createDialect(runner: 'vitest' | 'jest' | 'node', printer: Printer): Dialect {
  return runner === 'node' ? nodeDialect(printer) : expectDialect(printer)
}

function expectDialect(printer: Printer): Dialect {
  const matchers = { same: 'toBe', deep: 'toEqual', strict: 'toStrictEqual' }

  function expected(thrown: Thrown, indent: number): string {
    if (thrown.message === undefined) return thrown.native ? thrown.name : ''
    if (thrown.native && thrown.name === 'Error') return printer.text(thrown.message)
    const fields = fieldsOf(thrown, printer, indent)
    return `expect.objectContaining(${fields})`
  }

  return {
    equal(actual, value, how) {
      if (how === 'same' && value === 'undefined') return `expect(${actual}).toBeUndefined()`
      if (how === 'same' && value === 'null') return `expect(${actual}).toBeNull()`
      return `expect(${actual}).${matchers[how]}(${value})`
    },
    instance: (actual, of) => `expect(${actual}).toBeInstanceOf(${of})`,
    type: (actual, of) => `expect(typeof ${actual}).toBe(${printer.text(of)})`,
    throws: (call, thrown, indent) => `expect(() => ${call}).toThrow(${expected(thrown, indent)})`,
    rejects(promise, thrown, indent) {
      if (thrown.value !== undefined)
        return `await expect(${promise}).rejects.toEqual(${printer.print(thrown.value, indent)})`
      return `await expect(${promise}).rejects.toThrow(${expected(thrown, indent)})`
    },
    needs: ['describe', 'expect', 'it'],
  }
}

function nodeDialect(printer: Printer): Dialect {
  function expected(thrown: Thrown, indent: number): string {
    if (thrown.value !== undefined) return ''
    if (thrown.message === undefined)
      return thrown.native ? `, ${thrown.name}` : `, { name: ${printer.text(thrown.name)} }`
    return `, ${fieldsOf(thrown, printer, indent)}`
  }
  return {
    equal(actual, value, how) {
      return how === 'same'
        ? `assert.strictEqual(${actual}, ${value})`
        : `assert.deepStrictEqual(${actual}, ${value})`
    },
    instance: (actual, of) => `assert.ok(${actual} instanceof ${of})`,
    type: (actual, of) => `assert.strictEqual(typeof ${actual}, ${printer.text(of)})`,
    throws: (call, thrown, indent) => `assert.throws(() => ${call}${expected(thrown, indent)})`,
    rejects: (promise, thrown, indent) => `await assert.rejects(${promise}${expected(thrown, indent)})`,
    needs: ['describe', 'it'],
  }
}

function fieldsOf({ name, message = '', fields }: Thrown, printer: Printer, indent: number): string {
  const all = [
    ['name', { kind: 'constant', value: name }],
    ['message', { kind: 'constant', value: message }],
    ...fields,
  ] as const
  return printer.print({ kind: 'object', fields: all }, indent)
}
