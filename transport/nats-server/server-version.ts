// Server version
//
// Owns:   asking a nats-server binary for its version, and the oldest supported version.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { TransportError } from '../transport-error.ts'

/** The client's pull consumers need it; Debian 12 has 2.9.10. */
const OLDEST_SERVER = '2.9.4'

/** `2.9.10` of `nats-server: v2.9.10`. */
export async function versionOf(binary: string): Promise<string> {
  const said = await promisify(execFile)(binary, ['--version'], { timeout: 10_000 }).then(
    ({ stdout, stderr }) => stdout + stderr,
    (error: Error) => {
      throw new TransportError('server_failed', `${binary} cannot be started: ${error.message}`, {
        cause: error,
      })
    },
  )
  const version = /v?(\d+\.\d+\.\d+)/.exec(said)?.[1]
  if (version === undefined) {
    throw new TransportError('server_failed', `${binary} is not nats-server: its output is "${said.trim()}"`)
  }
  requireVersion(version, binary)
  return version
}

export function requireVersion(version: string, where: string): void {
  if (compareVersions(version, OLDEST_SERVER) >= 0) return
  throw new TransportError(
    'too_old',
    `${where} is nats-server ${version}; ${OLDEST_SERVER} or newer is needed`,
  )
}

/** Negative when the left one is older. A suffix after the three numbers (`-RC.1`) is ignored. */
export function compareVersions(left: string, right: string): number {
  const numbers = (version: string) => version.split(/[.-]/).slice(0, 3).map(Number)
  const [leftNumbers, rightNumbers] = [numbers(left), numbers(right)]
  for (const index of [0, 1, 2]) {
    const difference = (leftNumbers[index] ?? 0) - (rightNumbers[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
