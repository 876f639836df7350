// Node reporter
//
// Owns:   telling on one line each how a test of Node's own runner ended. Runs inside the sandbox.

export default async function* report(events) {
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue
    if (data.details.type === 'suite') continue
    const error = data.details.error
    const message = error?.cause?.message ?? error?.message ?? String(error?.cause ?? '')
    const { name, file, skip, todo } = data
    yield `${JSON.stringify({ passed: type === 'test:pass', name, file, skip, todo, message })}\n`
  }
}
