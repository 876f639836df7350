// Link
//
// Uses objects of another process as local ones: synchronous calls, handles, promises.
// Leaves: how values are written (values.cjs), the descriptors (channel.cjs).
//
// One side waits while the other works, and answers its calls meanwhile. A call that arrives while no side waits is
// queued, and its caller gets a promise.
// L3. The guarded side hands out nothing that could change it: the other side may only call its functions, and may only
//     change objects that it handed over itself. It accepts no object that decides comparisons, and none that converts
//     to a number or a text, because `==` and `<` would convert it.

'use strict'

const { Intrinsics } = require('./intrinsics.cjs')
const { Reader, Writer } = require('./values.cjs')

const later = setTimeout
const soon = setImmediate
const POLL_MS = 2
const SOON_TIMES = 20

/** Functions that treat a stand-in like the object itself. */
const ON_STAND_INS = /^(Object|Function)\.prototype\./

/** A target that a proxy can construct. Its `prototype` is writable, as the traps say, which that of a class is not. */
function constructible() {
  // biome-ignore lint/complexity/useArrowFunction: an arrow function cannot be constructed
  return function () {}
}

class Link {
  #channel
  #isGuarded
  #load
  #ids = new Map()
  #owned = new Map()
  #changeable = new Set()
  #foreign = new Map()
  #foreignIds = new WeakMap()
  #symbols = new Map()
  #promises = new Map()
  #waiting = new Map()
  #notices = []
  #calls = []
  #depth = 0
  #polls = 0
  #isPolling = false
  #gone
  #next = 0
  intrinsics = new Intrinsics()

  constructor(channel, { isGuarded, load }) {
    this.#channel = channel
    this.#isGuarded = isGuarded
    this.#load = load
  }

  // --- what this side asks ---

  ask(op, fields = {}, values = []) {
    if (this.#depth === 0 && !this.#isGuarded) throw new Error(`split: ${op} while nobody waits`)
    if (this.#gone !== undefined) throw this.#gone
    const writer = new Writer(this)
    const pack = writer.write(values)
    this.#channel.send({ q: { op, ...fields, ...pack }, ...this.#news() })
    for (;;) {
      const got = this.#channel.receive()
      if (got.gone !== undefined) {
        this.#gone = new Error(`the source's process ended: ${got.gone}`)
        throw this.#gone
      }
      if (got.q === undefined) {
        const reader = new Reader(this, got.a, {
          known: got.hasArguments ? writer.containers : [],
          isChanged: got.isChanged === true,
        })
        this.#takeNews(got)
        const [value] = reader.read()
        if (got.threw) throw value
        return value
      }
      this.#takeNews(got)
      this.#channel.send(this.#answer(got.q))
    }
  }

  load(path) {
    return this.ask('load', { path })
  }

  // --- what this side answers ---

  /** Answers until the other side ends. */
  serve() {
    this.#channel.whenIdle(async (got) => {
      this.#takeNews(got)
      const { op, path } = got.q
      const answer = op === 'load' ? await this.#answerLoad(path) : this.#answer(got.q)
      this.#channel.send(answer)
      this.serve()
    })
  }

  async #answerLoad(path) {
    try {
      const module = await this.#load(path)
      return { a: new Writer(this).write([Object.fromEntries(Object.entries(module))]), ...this.#news() }
    } catch (error) {
      return { a: new Writer(this).write([error]), threw: true, ...this.#news() }
    }
  }

  #answer(question) {
    this.#depth += 1
    try {
      return { ...this.#perform(question), ...this.#news() }
    } catch (error) {
      return { a: new Writer(this).write([error]), threw: true, ...this.#news() }
    } finally {
      this.#depth -= 1
    }
  }

  #perform(question) {
    const reader = new Reader(this, question)
    const values = reader.read()
    const { op, id } = question
    if (op === 'call' || op === 'new') return this.#performCall(question, reader, values)
    if (op === 'poll') return { a: new Writer(this).write([undefined]) }
    const object = this.owned(id)
    return { a: new Writer(this).write([this.#performOn(op, object, id, values)], { isPart: true }) }
  }

  /** Arguments that the call changed are returned with the answer. */
  #performCall({ op, id }, { containers }, [receiver, ...args]) {
    const target = this.owned(id)
    const before = containers.length === 0 ? '' : this.#tableOf(containers)
    const call = () =>
      op === 'call' ? Reflect.apply(target, receiver, args) : Reflect.construct(target, args, receiver)
    let result
    let threw = false
    try {
      result = call()
    } catch (error) {
      result = error
      threw = true
    }
    if (containers.length === 0) return { a: new Writer(this).write([result]), threw }
    const isChanged = this.#tableOf(containers) !== before
    return { a: new Writer(this, containers).write([result]), threw, hasArguments: true, isChanged }
  }

  #tableOf(containers) {
    const writer = new Writer(this, containers)
    writer.finish()
    return JSON.stringify(writer.table)
  }

  #performOn(op, object, id, [key, value, receiver]) {
    const mayChange = !this.#isGuarded || this.#changeable.has(id)
    switch (op) {
      case 'get':
        return Reflect.get(object, key, receiver ?? object)
      case 'has':
        return Reflect.has(object, key)
      case 'keys':
        return Reflect.ownKeys(object)
      case 'describe':
        return this.#describe(object, key)
      case 'prototype':
        return this.#isGuarded ? null : Reflect.getPrototypeOf(object)
      case 'set':
        return mayChange && key !== '__proto__' && Reflect.set(object, key, value)
      case 'delete':
        return mayChange && Reflect.deleteProperty(object, key)
      default:
        throw new Error(`nobody answers ${op}`)
    }
  }

  #describe(object, key) {
    const found = Reflect.getOwnPropertyDescriptor(object, key)
    if (found === undefined) return undefined
    const { enumerable, get, set } = found
    return get || set
      ? { enumerable, get, set }
      : { enumerable, value: found.value, writable: found.writable }
  }

  // --- own objects ---

  own(value, { isPart = false, isPrototype = false } = {}) {
    let id = this.#ids.get(value)
    if (id === undefined) {
      id = ++this.#next
      this.#ids.set(value, id)
      this.#owned.set(id, value)
      if (!isPart && !isPrototype && typeof value === 'object') this.#changeable.add(id)
    }
    return id
  }

  owned(id) {
    if (!this.#owned.has(id)) throw new Error(`there is no object ${id} here`)
    return this.#owned.get(id)
  }

  /** L3. A method of the value's own type is called where the value is. */
  intrinsicName(value, { isPart = false } = {}) {
    const name = this.intrinsics.nameOf(value)
    if (name === undefined || this.#isGuarded || !isPart || typeof value !== 'function') return name
    return !name.includes('.prototype.') || ON_STAND_INS.test(name) ? name : undefined
  }

  promiseId(promise) {
    if (this.#ids.has(promise)) return this.#ids.get(promise)
    const id = this.own(promise)
    const settle = (isKept) => (value) => this.#notices.push({ id, isKept, value })
    promise.then(settle(true), settle(false))
    return id
  }

  // --- objects of the other side ---

  isForeign(value) {
    return typeof value === 'symbol' ? this.#symbols.has(value) : this.#foreignIds.has(value)
  }

  idOf(value) {
    return typeof value === 'symbol' ? this.#symbols.get(value) : this.#foreignIds.get(value)
  }

  foreignSymbol(id, description) {
    return this.#foreignOnce(id, () => {
      const made = Symbol(description)
      this.#symbols.set(made, id)
      return made
    })
  }

  foreignError(id) {
    return this.#foreignOnce(id, () => this.#remember(new Error(), id))
  }

  foreignPromise(id) {
    return this.#foreignOnce(id, () => {
      const promise = new Promise((resolve, reject) => this.#promises.set(id, { resolve, reject }))
      this.#poll()
      return this.#remember(promise, id)
    })
  }

  standIn(id, kind) {
    return this.#foreignOnce(id, () => {
      const target = kind === 'object' ? {} : kind === 'class' ? constructible() : () => {}
      return this.#remember(new Proxy(target, this.#traps(id, kind)), id)
    })
  }

  #foreignOnce(id, make) {
    if (!this.#foreign.has(id)) this.#foreign.set(id, make())
    return this.#foreign.get(id)
  }

  #remember(value, id) {
    this.#foreignIds.set(value, id)
    return value
  }

  #traps(id, kind) {
    const ask = (op, ...values) => this.ask(op, { id }, values)
    const keep = (key) => this.#refuseMatcher(key, () => ask('has', key))
    return {
      apply: (_, receiver, args) => this.#call(id, receiver, args),
      construct: (_, args, target) =>
        ask('new', this.idOf(target) === id ? this.#foreign.get(id) : target, ...args),
      get: (_, key, receiver) => {
        keep(key)
        if (key === Symbol.toPrimitive && this.#isGuarded)
          return (hint) => this.#toText(id, hint, ask('get', key))
        return this.idOf(receiver) === id ? ask('get', key) : ask('get', key, undefined, receiver)
      },
      has: (_, key) => {
        keep(key)
        return ask('has', key)
      },
      set: (_, key, value) => ask('set', key, value),
      deleteProperty: (_, key) => ask('delete', key),
      ownKeys: () => {
        const keys = ask('keys')
        return kind === 'class' && !keys.includes('prototype') ? [...keys, 'prototype'] : keys
      },
      getOwnPropertyDescriptor: (_, key) => {
        const found = ask('describe', key)
        if (kind === 'class' && key === 'prototype')
          return { value: found?.value, writable: true, enumerable: false, configurable: false }
        return found && { ...found, configurable: true }
      },
      getPrototypeOf: () => ask('prototype'),
      defineProperty: (_, key, { value }) => ask('set', key, value),
      setPrototypeOf: () => false,
      preventExtensions: () => false,
    }
  }

  #call(id, receiver, args) {
    if (this.#depth > 0 || this.#isGuarded) return this.ask('call', { id }, [receiver, ...args])
    const { promise, resolve, reject } = Promise.withResolvers()
    const call = ++this.#next
    this.#waiting.set(call, { resolve, reject })
    this.#calls.push({ call, id, args: [receiver, ...args] })
    return promise
  }

  /** L3: an object with such a key decides its own equality. */
  #refuseMatcher(key, isThere) {
    if (!this.#isGuarded || (key !== 'asymmetricMatch' && key !== '$$typeof')) return
    if (isThere())
      throw new Error(`the source answers with an object that has ${key}: it would decide comparisons`)
  }

  /** L3: conversion to text is allowed, as templates and messages need it. */
  #toText(id, hint, own) {
    if (hint !== 'string')
      throw new Error('the source answers with an object that passes for a number or a text')
    const object = this.#foreign.get(id)
    return own === undefined ? object.toString() : Reflect.apply(own, object, [hint])
  }

  inspect({ k, v }) {
    if (k === 'object' || k === 'error') for (const [key] of v) this.#refuseMatcher(key, () => true)
  }

  // --- what happens while nobody waits ---

  #news() {
    if (this.#notices.length === 0 && this.#calls.length === 0) return {}
    const notices = this.#notices.splice(0).map(({ value, ...notice }) => ({
      ...notice,
      ...new Writer(this).write([value]),
    }))
    const calls = this.#calls
      .splice(0)
      .map(({ args, ...call }) => ({ ...call, ...new Writer(this).write(args) }))
    return { notices, calls }
  }

  #takeNews({ notices = [], calls = [] }) {
    for (const { id, call, isKept, ...pack } of notices) {
      const [value] = new Reader(this, pack).read()
      const from = call === undefined ? this.#promises : this.#waiting
      const settle = from.get(call ?? id)
      from.delete(call ?? id)
      if (isKept) settle?.resolve(value)
      else settle?.reject(value)
    }
    for (const { call, id, ...pack } of calls) this.#callNow(call, id, new Reader(this, pack).read())
  }

  #callNow(call, id, [receiver, ...args]) {
    const tell = (isKept) => (value) => this.#notices.push({ call, isKept, value })
    try {
      Promise.resolve(Reflect.apply(this.owned(id), receiver, args)).then(tell(true), tell(false))
    } catch (error) {
      tell(false)(error)
    }
  }

  /** While the other side owes an answer, and a little longer if it may call. */
  #poll() {
    if (this.#isPolling || !this.#isGuarded) return
    this.#isPolling = true
    this.#polls = 0
    const look = () => {
      if (this.#promises.size === 0) {
        this.#isPolling = false
        return
      }
      this.ask('poll')
      if (this.#polls++ < SOON_TIMES) soon(look)
      else later(look, POLL_MS)
    }
    soon(look)
  }
}

module.exports = { Link }
