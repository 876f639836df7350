// Intrinsics
//
// Names for the objects that every realm has (`Array`, `Error.prototype`), the same in both processes.
//
// Such an object is never sent: each process uses its own object of that name.

'use strict'

const ROOTS = [
  ...[
    'Object',
    'Function',
    'Array',
    'String',
    'Number',
    'Boolean',
    'Symbol',
    'BigInt',
    'Date',
    'RegExp',
    'Promise',
  ],
  ...[
    'Error',
    'TypeError',
    'RangeError',
    'SyntaxError',
    'ReferenceError',
    'EvalError',
    'URIError',
    'AggregateError',
  ],
  ...[
    'Map',
    'Set',
    'WeakMap',
    'WeakSet',
    'WeakRef',
    'FinalizationRegistry',
    'Proxy',
    'Reflect',
    'Math',
    'JSON',
    'Intl',
  ],
  ...[
    'ArrayBuffer',
    'SharedArrayBuffer',
    'DataView',
    'Atomics',
    'Int8Array',
    'Uint8Array',
    'Uint8ClampedArray',
  ],
  ...[
    'Int16Array',
    'Uint16Array',
    'Int32Array',
    'Uint32Array',
    'Float32Array',
    'Float64Array',
    'BigInt64Array',
  ],
  ...['BigUint64Array', 'Buffer', 'URL', 'URLSearchParams', 'TextEncoder', 'TextDecoder', 'AbortController'],
  ...[
    'AbortSignal',
    'Event',
    'EventTarget',
    'DOMException',
    'Temporal',
    'Iterator',
    'eval',
    'globalThis',
    'process',
  ],
  ...[
    'setTimeout',
    'setInterval',
    'setImmediate',
    'clearTimeout',
    'clearInterval',
    'clearImmediate',
    'queueMicrotask',
  ],
  ...['structuredClone', 'performance', 'console', 'parseInt', 'parseFloat', 'isNaN', 'isFinite'],
]

function hidden() {
  const proto = Object.getPrototypeOf
  return {
    '%TypedArray%': proto(Uint8Array),
    '%ArrayIterator%': proto([][Symbol.iterator]()),
    '%StringIterator%': proto(''[Symbol.iterator]()),
    '%MapIterator%': proto(new Map()[Symbol.iterator]()),
    '%SetIterator%': proto(new Set()[Symbol.iterator]()),
    '%GeneratorFunction%': proto(function* () {}).constructor,
    '%AsyncFunction%': proto(async () => {}).constructor,
    '%AsyncGeneratorFunction%': proto(async function* () {}).constructor,
    '%IteratorPrototype%': proto(proto([][Symbol.iterator]())),
    '%AsyncIteratorPrototype%': proto(proto(async function* () {}).prototype),
  }
}

/** Their properties get no names: each process has its own. */
const ENDS = new Set(['globalThis', 'process', 'console', 'performance'])
const DEPTH = 4

class Intrinsics {
  #byName = new Map()
  #names = new Map()

  constructor() {
    for (const name of ROOTS) this.#add(name, globalThis[name], DEPTH)
    for (const [name, value] of Object.entries(hidden())) this.#add(name, value, DEPTH)
  }

  nameOf(value) {
    return this.#names.get(value)
  }

  named(name) {
    if (!this.#byName.has(name)) throw new Error(`${name} is not known here`)
    return this.#byName.get(name)
  }

  #add(name, value, depth) {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return
    if (this.#names.has(value)) return
    this.#names.set(value, name)
    this.#byName.set(name, value)
    if (depth === 0 || ENDS.has(name)) return
    for (const [key, entry] of Object.entries(Object.getOwnPropertyDescriptors(value)))
      this.#below(`${name}.${key}`, entry, depth)
    for (const key of Object.getOwnPropertySymbols(value))
      this.#below(`${name}.@${key.description}`, Object.getOwnPropertyDescriptor(value, key), depth)
  }

  #below(name, { value, get, set }, depth) {
    this.#add(name, value, depth - 1)
    this.#add(`${name}:get`, get, 0)
    this.#add(`${name}:set`, set, 0)
  }
}

module.exports = { Intrinsics }
