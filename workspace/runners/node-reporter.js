// Node reporter
//
// Prints one line for the result of each test of Node's own runner. Runs inside the sandbox.
//
// A file's output on stderr belongs to the failure of the whole file: Node's own message is then only "failed".

import { resolve } from 'node:path'

const MAX_OUTPUT_CHARACTERS = 1500

export default async function* report(events) {
  const said = new Map()
  for await (const { type, data } of events) {
    if (type === 'test:stderr') {
      const file = resolve(data.file ?? '')
      said.set(file, `${said.get(file) ?? ''}${data.message}`.slice(-MAX_OUTPUT_CHARACTERS))
    }
    if (type !== 'test:pass' && type !== 'test:fail') continue
    if (data.details.type === 'suite') continue
    const error = data.details.error
    // Before version 22 a file is told as a test, too; its own tests are told besides.
    const isWholeFile =
      data.nesting === 0 && data.file !== undefined && resolve(data.name) === resolve(data.file)
    if (isWholeFile && (type === 'test:pass' || error?.failureType === 'subtestsFailed')) continue
    const short = error?.cause?.message ?? error?.message ?? String(error?.cause ?? '')
    const words = short === 'test failed' ? said.get(resolve(data.file ?? '')) : undefined
    const message = words === undefined ? short : `${short}: ${words}`
    const { name, file, skip, todo } = data
    yield `${JSON.stringify({ passed: type === 'test:pass', name, file, skip, todo, message })}\n`
  }
}
