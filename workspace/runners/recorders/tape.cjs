// Tape recorder
//
// Writes one line for the result of each test of tape. Preloaded inside the sandbox.
//
// The loaded module is replaced by one that listens to each test; tape itself runs them and prints as usual.

const { createRequire } = require('node:module')
const { join } = require('node:path')
const { fileURLToPath } = require('node:url')
const { record, show } = require('./record.cjs')

const from = createRequire(join(process.cwd(), 'package.json'))
const path = from.resolve('tape')
const tape = from(path)
from.cache[path].exports = listening(tape)

function listening(tape) {
  return new Proxy(tape, {
    apply: (target, self, given) => listen(Reflect.apply(target, self, given), fileOfCaller()),
    get(target, key, receiver) {
      const value = Reflect.get(target, key, receiver)
      if (key === 'test' || key === 'default') return receiver
      if (key === 'only') return (...given) => listen(value(...given), fileOfCaller())
      if (key !== 'skip') return value
      return (...given) => {
        const name = given.find((one) => typeof one === 'string') ?? ''
        record({ passed: true, name, file: fileOfCaller(), skip: true })
        return value(...given)
      }
    },
  })
}

function listen(test, file) {
  if (typeof test?.on !== 'function') return test
  const failures = []
  test.on('result', (result) => {
    if (typeof result === 'object' && !result.ok && !result.skip && !result.todo)
      failures.push(wordsOf(result))
  })
  test.on('test', (inner) => listen(inner, file))
  test.on('end', () => {
    const name = typeof test.name === 'string' ? test.name : ''
    const message = failures.join('\n').slice(0, 4000)
    const isSkipped = test._skip || test._todo
    record({ passed: failures.length === 0, name, file, message, ...(isSkipped ? { skip: true } : {}) })
  })
  return test
}

function wordsOf({ name, operator, expected, actual, error }) {
  return `${name ?? operator}: expected ${show(expected)}, got ${show(actual)}\n${error?.stack ?? ''}`
}

/** The first file in the stack outside of packages and of this folder. */
function fileOfCaller() {
  for (const line of String(new Error().stack).split('\n').slice(1)) {
    const found = /\(?((?:file:\/\/)?\/[^()\n]*?):\d+:\d+\)?$/.exec(line)?.[1]
    const path = found?.startsWith('file://') ? fileURLToPath(found) : found
    if (path && path !== __filename && !path.includes('/node_modules/')) return path
  }
  return undefined
}
