// Values
//
// Writes values for the other process and reads them there: data as copies, all other objects as handles that their
// owner keeps.
// Leaves: the use of a handle (link.cjs).
//
// Containers of one message are in a table, so that shared and circular references are kept. A copy of an error keeps
// its handle: sent back, it becomes the original object.

'use strict'

const { types } = require('node:util')

const { getOwnPropertyDescriptor, getPrototypeOf, defineProperty, is, isFrozen, freeze } = Object
const TYPED = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
]
const FLOATS = ['Float32Array', 'Float64Array']
const WELL_KNOWN = new Map(
  Object.getOwnPropertyNames(Symbol)
    .filter((name) => typeof Symbol[name] === 'symbol')
    .map((name) => [Symbol[name], name]),
)

/** The kind of copy for an object; undefined: none. */
function kindOf(value) {
  const proto = getPrototypeOf(value)
  if (Array.isArray(value)) return proto === Array.prototype ? 'array' : undefined
  if (types.isNativeError(value)) return 'error'
  if (proto === null || proto === Object.prototype) return isData(value) ? 'object' : undefined
  if (proto === Map.prototype) return 'map'
  if (proto === Set.prototype) return 'set'
  if (proto === Date.prototype) return 'date'
  if (proto === RegExp.prototype) return 'regexp'
  const typed = [...TYPED, ...FLOATS].find((name) => globalThis[name]?.prototype === proto)
  return typed === undefined ? undefined : 'typed'
}

function isData(value) {
  if (types.isModuleNamespaceObject(value)) return false
  return Reflect.ownKeys(value).every((key) => {
    const { get, set } = getOwnPropertyDescriptor(value, key)
    return get === undefined && set === undefined
  })
}

class Writer {
  /** `known`: containers that both sides number alike, from 0. */
  constructor(link, known = []) {
    this.link = link
    this.containers = [...known]
    this.numbers = new Map(known.map((container, number) => [container, number]))
    this.table = []
  }

  /** The values with their table, complete. */
  write(values, options) {
    const written = values.map((value) => this.value(value, options))
    this.finish()
    return { v: written, t: this.table }
  }

  finish() {
    for (let at = this.table.length; at < this.containers.length; at++)
      this.table.push(this.entry(this.containers[at]))
  }

  value(value, options) {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value
      case 'number':
        return Number.isFinite(value) && !is(value, -0) ? value : ['n', is(value, -0) ? '-0' : `${value}`]
      case 'undefined':
        return ['u']
      case 'bigint':
        return ['b', `${value}`]
      case 'symbol':
        return this.symbol(value)
      default:
        return value === null ? null : this.object(value, options)
    }
  }

  symbol(value) {
    const key = Symbol.keyFor(value)
    if (key !== undefined) return ['y', key]
    if (WELL_KNOWN.has(value)) return ['w', WELL_KNOWN.get(value)]
    return this.link.isForeign(value)
      ? ['g', this.link.idOf(value)]
      : ['s', this.link.own(value), value.description]
  }

  object(value, options) {
    if (this.numbers.has(value)) return ['c', this.numbers.get(value)]
    if (this.link.isForeign(value)) return ['g', this.link.idOf(value)]
    const name = this.link.intrinsicName(value, options)
    if (name !== undefined) return ['i', name]
    if (typeof value === 'object') {
      if (types.isPromise(value) && getPrototypeOf(value) === Promise.prototype)
        return ['p', this.link.promiseId(value)]
      if (kindOf(value) !== undefined) return ['c', this.number(value)]
    }
    return ['h', this.link.own(value, options), this.handleKind(value)]
  }

  number(container) {
    const number = this.containers.length
    this.containers.push(container)
    this.numbers.set(container, number)
    return number
  }

  handleKind(value) {
    if (typeof value !== 'function') return 'object'
    try {
      Reflect.construct(String, [], value)
      return 'class'
    } catch {
      return 'function'
    }
  }

  entry(value) {
    const kind = kindOf(value)
    const f = isFrozen(value) ? 1 : 0
    const each = (values) => values.map((one) => this.value(one))
    switch (kind) {
      case 'array':
        return { k: kind, f, v: Array.from(value, (one, at) => (at in value ? this.value(one) : ['-'])) }
      case 'object':
        return { k: kind, f, bare: getPrototypeOf(value) === null, v: this.properties(value) }
      case 'map':
        return { k: kind, v: [...value].map(each) }
      case 'set':
        return { k: kind, v: each([...value]) }
      case 'date':
        return { k: kind, v: this.value(value.getTime()) }
      case 'regexp':
        return { k: kind, v: [value.source, value.flags, value.lastIndex] }
      case 'typed':
        return { k: kind, n: value[Symbol.toStringTag], v: each([...value]) }
      case 'error':
        return {
          k: kind,
          id: this.link.own(value),
          proto: this.value(getPrototypeOf(value), { isPrototype: true }),
          v: this.properties(value),
        }
      default:
        throw new Error('an object changed while it was sent')
    }
  }

  properties(value) {
    return Reflect.ownKeys(value).flatMap((key) => {
      const { enumerable, get } = getOwnPropertyDescriptor(value, key)
      // V8 stores an error's stack behind an accessor.
      if (get !== undefined && key !== 'stack') return []
      return [[this.value(key), this.value(value[key]), enumerable ? 1 : 0]]
    })
  }
}

class Reader {
  /**
   * `known`: containers that both sides number alike, from 0; filled from the table again where the other side changed
   * them.
   */
  constructor(link, { v, t }, { known = [], isChanged = false } = {}) {
    this.link = link
    this.values = v
    this.table = t
    this.containers = [...known]
    for (let at = known.length; at < t.length; at++) this.containers.push(this.shell(t[at]))
    for (let at = isChanged ? 0 : known.length; at < t.length; at++)
      this.fill(this.containers[at], t[at], at < known.length)
  }

  read() {
    return this.values.map((value) => this.value(value))
  }

  value(written) {
    if (!Array.isArray(written)) return written
    const [kind, what, more] = written
    switch (kind) {
      case 'n':
        return Number(what)
      case 'u':
        return undefined
      case 'b':
        return BigInt(what)
      case 'y':
        return Symbol.for(what)
      case 'w':
        return Symbol[what]
      case 's':
        return this.link.foreignSymbol(what, more)
      case 'g':
        return this.link.owned(what)
      case 'i':
        return this.link.intrinsics.named(what)
      case 'c':
        return this.containers[what]
      case 'p':
        return this.link.foreignPromise(what)
      case 'h':
        return this.link.standIn(what, more)
      default:
        throw new Error(`no value is written as ${kind}`)
    }
  }

  shell(entry) {
    switch (entry.k) {
      case 'array':
        return []
      case 'object':
        return entry.bare ? Object.create(null) : {}
      case 'map':
        return new Map()
      case 'set':
        return new Set()
      case 'date':
        return new Date(this.value(entry.v))
      case 'regexp':
        return new RegExp(entry.v[0], entry.v[1])
      case 'typed':
        return new globalThis[[...TYPED, ...FLOATS].find((name) => name === entry.n)](entry.v.length)
      case 'error':
        return this.link.foreignError(entry.id)
      default:
        throw new Error(`no container is a ${entry.k}`)
    }
  }

  fill(container, entry, isKnown) {
    if (isKnown && (entry.k === 'error' || isFrozen(container))) return
    if (isKnown) empty(container, entry.k)
    this.link.inspect(entry)
    const each = (values) => values.map((one) => this.value(one))
    if (entry.k === 'array') {
      container.length = entry.v.length
      for (const [at, one] of entry.v.entries()) if (one?.[0] !== '-') container[at] = this.value(one)
    } else if (entry.k === 'object') this.define(container, entry.v)
    else if (entry.k === 'map') for (const [key, value] of entry.v.map(each)) container.set(key, value)
    else if (entry.k === 'set') for (const value of each(entry.v)) container.add(value)
    else if (entry.k === 'date') container.setTime(this.value(entry.v))
    else if (entry.k === 'regexp') container.lastIndex = entry.v[2]
    else if (entry.k === 'typed') for (const [at, one] of each(entry.v).entries()) container[at] = one
    else if (entry.k === 'error') {
      Object.setPrototypeOf(container, this.value(entry.proto))
      this.define(container, entry.v)
    }
    if (entry.f === 1 && !isKnown) freeze(container)
  }

  define(container, properties) {
    for (const [key, value, enumerable] of properties)
      defineProperty(container, this.value(key), {
        value: this.value(value),
        enumerable: enumerable === 1,
        writable: true,
        configurable: true,
      })
  }
}

function empty(container, kind) {
  if (kind === 'map' || kind === 'set') container.clear()
  else if (kind === 'array') container.length = 0
  else if (kind === 'object') for (const key of Reflect.ownKeys(container)) delete container[key]
}

module.exports = { Reader, Writer }
