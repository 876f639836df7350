// Runner node
//
// The Node program of a test runner: that of this process, without access for an inspector.

const CLOSED = '--disable-sigusr1'

export function runnerNode(): string[] {
  return process.allowedNodeEnvironmentFlags.has(CLOSED) ? [process.execPath, CLOSED] : [process.execPath]
}
