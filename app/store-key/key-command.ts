// Key command
//
// Owns:   store keys that a command of the user's prints, e.g. one of a password manager.

import { execa } from 'execa'
import type { StoreKeys } from '../../persistence/index.ts'
import { UserError } from '../errors.ts'
import { readKeyText } from './key-text.ts'

const LIMIT_MS = 60_000

export async function keysOfCommand(
  command: string,
  source: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<StoreKeys> {
  const result = await execa('/bin/sh', ['-c', command], {
    env,
    extendEnv: false,
    stdin: 'inherit',
    stderr: 'inherit',
    reject: false,
    timeout: LIMIT_MS,
  })
  if (!result.failed) return readKeyText(result.stdout, `the output of the command in ${source}`)
  // Its output may be the key: only how it ended is told.
  const how = result.timedOut
    ? `did not end within ${LIMIT_MS / 1000} s`
    : `ended with ${result.exitCode ?? 'a signal'}`
  throw new UserError(
    'bad_store_key',
    `the command in ${source} ${how}`,
    'Try it in a shell: it must print the key.',
  )
}
