// Mocha reporter
//
// Writes one line for the result of each test of mocha. Runs inside the sandbox.

const { record, shuffle, wordsOf } = require('./record.cjs')

module.exports = function Reporter(runner) {
  const tell = (test, passed, more = {}) =>
    record({ passed, name: test.fullTitle(), file: fileOf(test), ...more })
  shuffleSuite(runner.suite)
  runner.on('pass', (test) => tell(test, true))
  runner.on('pending', (test) => tell(test, true, { skip: true }))
  runner.on('fail', (test, error) => tell(test, false, { message: wordsOf(error) }))
}

function fileOf(test) {
  for (let at = test; at; at = at.parent) if (at.file) return at.file
  return undefined
}

function shuffleSuite(suite) {
  if (!suite?.tests) return
  shuffle(suite.tests)
  suite.suites.forEach(shuffleSuite)
}
