// Jasmine reporter
//
// Writes one line for the result of each test of jasmine. Runs inside the sandbox.

const { record } = require('./record.cjs')

const SKIPPED = new Set(['pending', 'excluded', 'disabled'])

module.exports = class Reporter {
  constructor() {
    // Copies of a file, which tell whether it is flaky, have its names.
    if (process.env.CANOPY_COPIES) globalThis.jasmine?.getEnv().configure({ forbidDuplicateNames: false })
  }

  jasmineStarted() {
    const limit = Number(process.env.CANOPY_TEST_LIMIT_MS ?? 0)
    if (limit && globalThis.jasmine) globalThis.jasmine.DEFAULT_TIMEOUT_INTERVAL = limit
  }

  specDone({ status, fullName, filename, failedExpectations = [] }) {
    const message = failedExpectations.map((one) => `${one.message}\n${one.stack ?? ''}`).join('\n')
    record({
      passed: status !== 'failed',
      name: fullName,
      file: filename,
      ...(SKIPPED.has(status) ? { skip: true } : {}),
      ...(status === 'failed' ? { message: message.slice(0, 4000) } : {}),
    })
  }

  suiteDone(result) {
    this.#outside(result)
  }

  jasmineDone(result) {
    this.#outside(result)
  }

  /** Failures of hooks, and of files that cannot be loaded. */
  #outside({ fullName = '', filename, failedExpectations = [] }) {
    for (const { message, stack, filename: place } of failedExpectations)
      record({
        passed: false,
        name: `${fullName} (outside of a test)`.trim(),
        file: place ?? filename,
        message: `${message}\n${stack ?? ''}`,
      })
  }
}
