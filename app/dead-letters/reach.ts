// Reach
//
// Owns:   where dead letters are asked for: at the system that runs on them, or in its store when none does.
// Leaves: the questions (cli/dead-letters/), the answers (actors/).
//
// R1. A store belongs to one process: it is opened only when nobody answers, and says so when somebody holds it.

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { deadLetterHandlers } from '../../actors/index.ts'
import { openStore, type Store, StoreError } from '../../persistence/index.ts'
import type { ControlReply } from '../../transport/index.ts'
import { UserError } from '../errors.ts'
import { asUserError } from '../room-errors.ts'
import { connect } from '../run/connect.ts'
import type { FoundRun } from '../run/find-run.ts'
import { newestRun } from '../run/run-directory.ts'
import type { HostEnvironment } from '../settings/data-directory.ts'
import type { NatsTarget } from '../settings/nats-target.ts'
import { storeKeysFor } from '../store-key/store-key.ts'

export interface DeadLetterSource {
  /** Absent in a store whose system is over: a replay would never be sent. */
  readonly canReplay: boolean
  ask(verb: string, payload: unknown): Promise<ControlReply>
  close(): Promise<void>
}

const TIMEOUT_MS = 10_000

export async function reachLetters(
  run: FoundRun,
  nats: NatsTarget | undefined,
  env: HostEnvironment['env'],
): Promise<DeadLetterSource> {
  return (await running(run, nats)) ?? stored(run, env)
}

async function running(
  { dataDirectory, path, record }: FoundRun,
  nats: NatsTarget | undefined,
): Promise<DeadLetterSource | undefined> {
  const newest = await newestRun(dataDirectory)
  if (record.over || newest?.path !== path) return undefined
  const connection = await connect({ dataDirectory, ...(nats === undefined ? {} : { nats }) }).catch(
    unlessAbsent,
  )
  if (!connection) return undefined
  const ask = (verb: string, payload: unknown) => connection.control.request(verb, payload, TIMEOUT_MS)
  const reply = await ask('deadLetters', {})
  if (reply.ok || reply.error.code !== 'no_responder')
    return { canReplay: true, ask, close: () => connection.close() }
  await connection.close()
  return undefined
}

function unlessAbsent(error: unknown): undefined {
  // Also a server that died with its system and left its file behind.
  const code = error instanceof UserError ? error.code : ''
  if (code === 'no_responder' || code === 'unreachable') return undefined
  throw error
}

async function stored(
  { dataDirectory, path, record }: FoundRun,
  env: HostEnvironment['env'],
): Promise<DeadLetterSource> {
  const directory = join(path, 'store')
  if (!(await stat(directory).catch(() => undefined))) {
    throw new UserError('no_store', `there is no store in ${path}`, "'canopy run' makes one.")
  }
  const keys = await storeKeysFor(dataDirectory, env)
  const store = await openStore({ directory, keys }).catch(fail)
  const handlers = deadLetterHandlers({ store })
  return {
    canReplay: !record.over,
    ask: (verb, payload) => handlers[verb]?.(payload) ?? Promise.reject(new Error(`no verb ${verb}`)),
    close: () => store.close(),
  }
}

function fail(error: unknown): Store {
  if (error instanceof StoreError && error.code === 'locked') {
    throw new UserError(
      'in_use',
      `a run has ${error.directory} open and does not answer`,
      'It may be starting, stopping or very busy: try again. If it uses a NATS server of yours, name it: --nats URL.',
      { cause: error },
    )
  }
  throw asUserError(error)
}
