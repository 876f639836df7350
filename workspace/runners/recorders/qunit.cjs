// QUnit recorder
//
// Writes one line for the result of each test of QUnit. Required by its command inside the sandbox.

const { fileURLToPath } = require('node:url')
const { record, show } = require('./record.cjs')

const { QUnit } = globalThis
const limit = Number(process.env.CANOPY_TEST_LIMIT_MS ?? 0)
if (limit) QUnit.config.testTimeout = limit

const said = new Map()

QUnit.log(({ result, message, actual, expected, source, testId }) => {
  if (result) return
  const compared = expected === undefined ? '' : `: expected ${show(expected)}, got ${show(actual)}`
  const text = `${message ?? 'failed'}${compared}\n${source ?? ''}`
  said.set(testId, `${said.get(testId) ?? ''}${text}\n`.slice(0, 4000))
})

QUnit.testDone(({ name, module, failed, skipped, todo, source, testId }) => {
  record({
    passed: failed === 0,
    name: module ? `${module} ${name}` : name,
    file: fileIn(source),
    ...(skipped ? { skip: true } : {}),
    ...(todo ? { todo: true } : {}),
    message: said.get(testId) ?? '',
  })
})

function fileIn(source = '') {
  const found = /\(?((?:file:\/\/)?\/[^()\n]*?):\d+:\d+\)?/.exec(source)?.[1]
  return found?.startsWith('file://') ? fileURLToPath(found) : found
}
