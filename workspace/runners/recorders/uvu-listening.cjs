// Uvu listening
//
// Wraps uvu's functions so that the result of each test is recorded. Runs inside the sandbox.

const { fileURLToPath } = require('node:url')
const { record, wordsOf } = require('./record.cjs')

exports.listening = ({ test, suite, exec }) => ({
  exec,
  test: wrapped(test, ''),
  suite: (name = '', state) => wrapped(suite(name, state), name),
})

function wrapped(test, suite) {
  const named = (name) => (suite ? `${suite} ${name}` : name)
  const listen = (add) => (name, run) => add(name, recording(named(name), fileOfCaller(), run))
  return Object.assign(listen(test), {
    before: test.before,
    after: test.after,
    only: listen(test.only),
    skip: (name, run) => {
      record({ passed: true, name: named(name ?? ''), file: fileOfCaller(), skip: true })
      test.skip(name, run)
    },
    run: () => test.run(),
  })
}

function recording(name, file, run) {
  return async (...given) => {
    try {
      await run(...given)
      record({ passed: true, name, file })
    } catch (error) {
      record({ passed: false, name, file, message: wordsOf(error) })
      throw error
    }
  }
}

function fileOfCaller() {
  for (const line of String(new Error().stack).split('\n').slice(1)) {
    const found = /\(?((?:file:\/\/)?\/[^()\n]*?):\d+:\d+\)?$/.exec(line)?.[1]
    const path = found?.startsWith('file://') ? fileURLToPath(found) : found
    if (path && path !== __filename && !path.includes('/node_modules/')) return path
  }
  return undefined
}
