// Known head
//
// Owns:   the newest entry of an audit log as it is known from elsewhere: the running system says it, or else its store.
// Leaves: comparing the log with it (chain.ts).

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { openStore, StoreError } from '../../persistence/index.ts'
import { UserError } from '../errors.ts'
import { asUserError } from '../room-errors.ts'
import { connect, type WhichSystem } from '../run/connect.ts'
import { newestRun } from '../run/run-directory.ts'
import type { HostEnvironment } from '../settings/data-directory.ts'
import type { NatsTarget } from '../settings/nats-target.ts'
import { storeKeysFor } from '../store-key/store-key.ts'
import { headIn } from './audit-log.ts'
import { type AuditHead, auditHeadSchema } from './chain.ts'

const TIMEOUT_MS = 5_000
const statusSchema = z.looseObject({ audit: auditHeadSchema })

/** The newest entry, as the running system says it, or else its store; undefined when there is neither. */
export async function knownHead(
  dataDirectory: string,
  nats: NatsTarget | undefined,
  env: HostEnvironment['env'],
): Promise<AuditHead | undefined> {
  const run = await newestRun(dataDirectory)
  if (!run || !(await stat(join(run.path, 'store')).catch(() => undefined))) return undefined
  return (await running({ dataDirectory, ...(nats && { nats }) })) ?? stored(dataDirectory, run.path, env)
}

async function running(where: WhichSystem): Promise<AuditHead | undefined> {
  const connection = await connect(where).catch(unlessForUser)
  if (!connection) return undefined
  try {
    const reply = await connection.control.request('status', {}, TIMEOUT_MS)
    return reply.ok ? statusSchema.safeParse(reply.value).data?.audit : undefined
  } finally {
    await connection.close()
  }
}

async function stored(
  dataDirectory: string,
  path: string,
  env: HostEnvironment['env'],
): Promise<AuditHead | undefined> {
  const keys = await storeKeysFor(dataDirectory, env)
  const store = await openStore({ directory: join(path, 'store'), keys }).catch(fail)
  try {
    return await headIn(store)
  } finally {
    await store.close()
  }
}

/** Nothing can be asked there: the store has to know. */
function unlessForUser(error: unknown): undefined {
  if (!(error instanceof UserError)) throw error
}

function fail(error: unknown): never {
  if (!(error instanceof StoreError) || error.code !== 'locked') throw asUserError(error)
  throw new UserError(
    'in_use',
    `a run has ${error.directory} open, and only that run knows the newest entry of its audit log`,
    'If the run uses a NATS server of yours, name it: --nats URL --creds operator.creds. Otherwise it is starting or very busy: try again.',
    { cause: error },
  )
}
