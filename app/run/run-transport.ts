// Run transport
//
// Owns:   what a run needs of NATS: a server of its own or the connection to the user's, its mail, leases and objects.
// Leaves: the messages (actors/, nodes/), the server itself (transport/).

import { statfs } from 'node:fs/promises'
import { MailInFlight } from '../../actors/index.ts'
import {
  type Connection,
  connectNats,
  type Leases,
  openControl,
  openLeases,
  openMail,
  openObjects,
  retireMail,
  retireObjects,
  roleKeyring,
  startNatsServer,
} from '../../transport/index.ts'
import { UserError } from '../errors.ts'
import { type Boxes, openBoxes } from '../nodes/boxes.ts'
import { HOME, unitOf } from '../nodes/presence.ts'
import type { RunSettings } from '../settings/settings.ts'
import { jetStreamKeyIn, mailSecretIn } from '../store-key/kept-secrets.ts'
import type { Opening } from './opening.ts'
import { requireNatsServer } from './requirements.ts'
import type { RunDirectory } from './run-directory.ts'
import type { RunStore } from './run-store.ts'

export interface RunTransport {
  readonly connection: Connection
  /** The name of the run's system. */
  readonly system: string
  readonly boxes: Boxes
  readonly leases: Leases
  readonly mail: MailInFlight
  /** The run is over: when the connection is closed, nodes that still work for it hear so. */
  endRun(): void
}

const ANSWER_MS = 2_000
const MAILBOX_LIMIT = 1_000
const MIN_MAIL_BYTES = 16 * 1024 * 1024
const MAX_MAIL_BYTES = 1024 * 1024 * 1024

export async function openTransport(opening: Opening, { store, keys }: RunStore): Promise<RunTransport> {
  const { settings, directory, opened } = opening
  const connection = await openNats(opening, keys && (await jetStreamKeyIn(store)))
  const { system } = directory.record
  if (settings.nats) await requireFree(connection, system, directory)
  const boxes = openBoxes((member) => openObjects({ connection, system, member }))
  const leases = await openLeases({ connection, system, isResumed: directory.resumed })
  let isOver = false
  // A server of our own goes with all that is in it.
  opened.defer(async () => {
    if (isOver && settings.nats !== undefined) await leaveServer(connection, system)
  })
  const mail = await openRunMail(opening, connection, store)
  return { connection, system, boxes, leases, mail, endRun: () => (isOver = true) }
}

async function openRunMail(
  { settings, directory, output, opened, trouble }: Opening,
  connection: Connection,
  store: RunStore['store'],
): Promise<MailInFlight> {
  const carrier = await openMail({
    connection,
    system: directory.record.system,
    unit: HOME,
    unitOf,
    idSecret: await mailSecretIn(store),
    record: {
      read: () => store.readMeta('mail stream'),
      write: (made) => store.writeMeta('mail stream', made),
    },
    mailboxLimit: MAILBOX_LIMIT,
    ...(await mailLimit(settings, directory)),
    onTrouble: trouble,
    onNotice: (sentence) => {
      trouble(sentence)
      output.notice(sentence)
    },
  })
  opened.adopt(carrier, (each) => each.close())
  return MailInFlight.open({ mail: carrier, store, isLocal: (to) => unitOf(to) === HOME })
}

/** A server of the user's has limits of the user's, unless the user says otherwise here. */
async function mailLimit(
  { nats, maxMailBytes }: RunSettings,
  directory: RunDirectory,
): Promise<{ readonly maxBytes?: number }> {
  if (maxMailBytes !== undefined) return { maxBytes: maxMailBytes }
  return nats === undefined ? { maxBytes: await mostMail(directory) } : {}
}

/** A tenth of the free space where the server of this run stores its files. */
async function mostMail({ path }: RunDirectory): Promise<number> {
  const { bavail, bsize } = await statfs(path)
  return Math.max(MIN_MAIL_BYTES, Math.min(MAX_MAIL_BYTES, Math.floor((bavail * bsize) / 10)))
}

async function openNats(
  { settings, directory: { path, record }, output, log, opened }: Opening,
  encryptionKey: string | undefined,
): Promise<Connection> {
  if (settings.nats !== undefined) {
    const connection = await connectNats({ ...settings.nats, name: 'canopy' })
    return opened.adopt(connection, (each) => each.close())
  }
  const binary = await requireNatsServer((sentence) => output.notice(sentence))
  const server = await startNatsServer({
    binary,
    directory: path,
    keyring: roleKeyring(record.system),
    encryptionKey,
    log: (line) => log.logger.debug({ nats: line }, 'nats-server'),
    onRestart: (restarts, reason) =>
      output.notice(`nats-server exited (${reason}); restarted (restart ${restarts})`),
  })
  opened.adopt(server, (each) => each.stop())
  const connection = await connectNats({
    url: server.url,
    credentials: server.credentials[HOME],
    startedBy: process.getuid?.(),
    name: 'canopy',
  })
  return opened.adopt(connection, (each) => each.close())
}

/** A key is of one run at a time. What an earlier one has left that was given up is taken away before a new one begins. */
async function requireFree(connection: Connection, system: string, { resumed }: RunDirectory): Promise<void> {
  const answer = await openControl({ connection, system }).request('status', {}, ANSWER_MS)
  if (answer.ok || answer.error.code !== 'no_responder') {
    throw new UserError(
      'in_use',
      `another run uses the same key at ${connection.url}`,
      'Stop it, or make keys for this run: canopy keys create DIR --system NAME',
    )
  }
  if (!resumed) await leaveServer(connection, system)
}

/** Nodes that still work for this run hear that it is over. */
async function leaveServer(connection: Connection, system: string): Promise<void> {
  const leases = await openLeases({ connection, system })
  await leases.destroy()
  await retireObjects(connection, system)
  await retireMail(connection, system)
}
