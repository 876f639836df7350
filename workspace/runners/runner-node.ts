// Runner node
//
// Owns:   the program that a test runner runs in: the Node of this process, which takes no inspector from outside.

const CLOSED = '--disable-sigusr1'

export function runnerNode(): string[] {
  return process.allowedNodeEnvironmentFlags.has(CLOSED) ? [process.execPath, CLOSED] : [process.execPath]
}
