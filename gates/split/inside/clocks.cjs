// Clocks
//
// Shifts the clock of the source, not of the tests.

'use strict'

function shiftClocks(days) {
  if (days === 0) return
  const ms = days * 86_400_000
  const { now } = Date
  const later = (construct) => (construct.length === 0 ? [now() + ms] : construct)
  globalThis.Date = new Proxy(Date, {
    construct: (target, args, newTarget) => Reflect.construct(target, later(args), newTarget),
    apply: (target) => new target(now() + ms).toString(),
  })
  Date.now = method('now', () => now() + ms)
  Date.prototype.constructor = Date
  add(process, 'uptime', ms / 1000)
  add(performance, 'now', ms)
  add(require('node:os'), 'uptime', ms / 1000)
  shiftHrtime(BigInt(ms) * 1_000_000n)
}

const method = (name, does) => ({ [name]: does })[name].bind(null)

function add(object, name, more) {
  const real = object[name].bind(object)
  Object.defineProperty(object, name, {
    value: method(name, () => real() + more),
    writable: true,
    configurable: true,
  })
}

function shiftHrtime(ns) {
  const real = process.hrtime
  const shifted = (since) => {
    const [seconds, rest] = since === undefined ? real() : real(since)
    return [since === undefined ? seconds + Number(ns / 1_000_000_000n) : seconds, rest]
  }
  shifted.bigint = () => real.bigint() + ns
  process.hrtime = shifted
}

module.exports = { shiftClocks }
