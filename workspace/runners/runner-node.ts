// Runner node
//
// The Node program of a test runner, without access for an inspector.

import type { SuiteRequest } from './runner.ts'

const CLOSED = '--disable-sigusr1'

/** That of the repository; absent: that of this process. */
export function runnerNode({ node }: Pick<SuiteRequest, 'node'>): string[] {
  if (node !== undefined && node.path !== process.execPath) return [node.path]
  return process.allowedNodeEnvironmentFlags.has(CLOSED) ? [process.execPath, CLOSED] : [process.execPath]
}
