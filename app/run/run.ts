// Run
//
// Owns:   putting a run together: store, transport, actors, workspace, providers; starting it, letting it end.
// Leaves: what it is told to do (app/settings/), how it shows itself (output.ts).
//
// U1. The store is opened first: it tells that another process runs on the same data.
// U2. What was opened is closed again, in reverse order, however the run ends.

import { statfs } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import {
  controlHandlers,
  deadLetterHandlers,
  type Ending,
  type Frame,
  inspectionVerbs,
  MailInFlight,
  Node,
  sendAskedReplays,
} from '../../actors/index.ts'
import { openToolbox } from '../../agents/index.ts'
import { analysis } from '../../analysis/index.ts'
import { openMergeQueue } from '../../gates/index.ts'
import type { Address } from '../../kernel/index.ts'
import {
  type Assignment,
  createRedactor,
  escalationPolicies,
  inHandAt,
  type RunFact,
  type RunInput,
  reviewUnder,
  runInputSchema,
  runReportSchema,
  systemActor,
} from '../../machines/index.ts'
import {
  finishRestore,
  type LocalStore,
  openStore,
  StoreError,
  type StoreKeys,
} from '../../persistence/index.ts'
import { searchPath } from '../../programs/index.ts'
import {
  type Connection,
  connectNats,
  isConnectionLost,
  memberOf,
  openControl,
  openLeases,
  openMail,
  openObjects,
  renewConsumerOf,
  retireMail,
  retireObjects,
  retireUnit,
  roleKeyring,
  startNatsServer,
} from '../../transport/index.ts'
import { openWorkspace } from '../../workspace/index.ts'
import { approvalsIn } from '../approve/approvals.ts'
import { auditFacts } from '../audit/audit-facts.ts'
import { openAuditLog } from '../audit/audit-log.ts'
import { isNoted, requestFact } from '../audit/request-fact.ts'
import { headOfRunBefore } from '../audit/run-before.ts'
import { budgetVerb } from '../budget/verb.ts'
import { exitCodes, UserError } from '../errors.ts'
import type { Log } from '../logs/write.ts'
import { sayWhatIsMissing } from '../models/at-start.ts'
import { openBoxes } from '../nodes/boxes.ts'
import { openCalls } from '../nodes/calls.ts'
import { openDesk } from '../nodes/desk.ts'
import { BUDGET, homeDoor, ledgerOf, POOL, poolOf } from '../nodes/home-records.ts'
import { hearNews } from '../nodes/news.ts'
import { nodesVerb } from '../nodes/nodes-verb.ts'
import { buildOf, HOME, unitOf } from '../nodes/presence.ts'
import { openParcels } from '../nodes/question.ts'
import { openQuestions, type Questions } from '../nodes/questions.ts'
import { reachAll } from '../nodes/reach.ts'
import { openRoster } from '../nodes/roster.ts'
import { redactingOutputs, redactingQuestions } from '../redaction/redacting.ts'
import { keepingOrder, tellingSteps } from '../replay/in-order.ts'
import type { Replaying } from '../replay/replaying.ts'
import { asUserError } from '../room-errors.ts'
import type { Surroundings } from '../settings/data-directory.ts'
import { packageSourceOf } from '../settings/npm-settings.ts'
import type { Settings } from '../settings/settings.ts'
import { backupVerb, openBackups } from '../store/backups.ts'
import { jetStreamKeyIn, mailSecretIn } from '../store-key/kept-secrets.ts'
import { storeKeysFor } from '../store-key/store-key.ts'
import { openAgents } from './agents.ts'
import { definitions } from './definitions.ts'
import { exitCodeOf } from './exit-code.ts'
import { createImplementations } from './implementations.ts'
import { inFlightOf } from './in-flight.ts'
import type { Output } from './output.ts'
import { openReaders, type Readers } from './readers.ts'
import { requireNatsServer, requireSandbox } from './requirements.ts'
import { closeRunDirectory, openRunDirectory, type RunDirectory } from './run-directory.ts'

export interface RunSurroundings {
  readonly version: string
  readonly env: Surroundings['env']
  /** Taken out of all that is kept, shown or asked. */
  readonly secrets: readonly string[]
  readonly log: Log
  /** Aborted when the run is to drain and stop: Ctrl-C, SIGTERM, the launcher's death. */
  readonly stop: AbortSignal
  /** Of a run that is carried out again. */
  readonly replay?: Replaying
}

const GRACE_MS = 10_000
const MAX_STARTS = 5
const ANSWER_MS = 2_000
const MAILBOX_LIMIT = 1_000
const MIN_MAIL_BYTES = 16 * 1024 * 1024
const MAX_MAIL_BYTES = 1024 * 1024 * 1024

/** Runs until the roadmap is worked through or `stop`; the exit code. Every fact goes to `output.telemetry`. */
export async function run(settings: Settings, output: Output, around: RunSurroundings): Promise<number> {
  try {
    // git, npm, tar and the rest are never taken from the repository, whatever the PATH says.
    process.env.PATH = searchPath(process.env.PATH, [settings.repository], homedir())
    const directory = await openRunDirectory(settings, Date.now())
    if (directory.resumed) output.notice(`going on with the run in ${settings.dataDirectory}`)
    return await startAgain(settings, output, (onStart) =>
      runOpened(settings, output, { ...around, directory, onStart }),
    )
  } catch (error) {
    throw asUserError(error)
  }
}

/**
 * Starts once more when the server of Canopy's own went away before the tree was running. From then on the tree waits for it
 * by itself.
 */
async function startAgain(
  { nats }: Settings,
  output: Output,
  start: (onStart: () => void) => Promise<number>,
): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    let isRunning = false
    try {
      return await start(() => {
        isRunning = true
      })
    } catch (error) {
      const isOver = isRunning || nats !== undefined || tries === MAX_STARTS
      if (isOver || !isConnectionLost(error)) throw error
      output.notice(`nats-server went away at the start (${(error as Error).message}); starting again`)
    }
  }
}

interface Opening extends RunSurroundings {
  readonly directory: RunDirectory
  /** Called when the tree begins to run. */
  readonly onStart: () => void
}

async function runOpened(settings: Settings, output: Output, around: Opening): Promise<number> {
  const { directory } = around
  await using opened = new AsyncDisposableStack()
  const keys = await storeKeysFor(settings.dataDirectory, around.env)
  const store = opened.adopt(await openRunStore(directory, settings, keys), (each) => each.close())
  const sandbox = await requireSandbox(settings, (sentence) => output.notice(sentence))
  const encryptionKey = keys && (await jetStreamKeyIn(store))
  const connection = await openNats({ settings, directory, output, log: around.log, encryptionKey }, opened)
  const { system } = directory.record
  const build = buildOf(around.version)
  if (settings.nats) await requireFree(connection, system, directory)
  const boxes = openBoxes((member) => openObjects({ connection, system, member }))
  const leases = await openLeases({ connection, system, isResumed: directory.resumed })
  let over = false
  // A server of our own goes with all that is in it.
  opened.defer(async () => {
    if (over && settings.nats !== undefined) await leaveServer(connection, system)
  })
  const trouble = (sentence: string): void => around.log.logger.warn(sentence)
  const carrier = opened.adopt(
    await openMail({
      connection,
      system,
      unit: HOME,
      unitOf,
      idSecret: await mailSecretIn(store),
      record: {
        read: () => store.readFact('mail stream'),
        write: (made) => store.writeFact('mail stream', made),
      },
      mailboxLimit: MAILBOX_LIMIT,
      ...(await mailLimit(settings, directory)),
      onTrouble: trouble,
      onNotice: (sentence) => {
        trouble(sentence)
        output.notice(sentence)
      },
    }),
    (each) => each.close(),
  )
  const mail = await MailInFlight.open({ mail: carrier, store, isLocal: (to) => unitOf(to) === HOME })
  const backups = openBackups({ store, mail, directory, settings, log: around.log })
  opened.defer(() => backups.close())
  const workspace = await openWorkspace({
    repository: settings.repository,
    directory: join(directory.path, 'work'),
    cache: join(settings.dataDirectory, 'dependencies'),
    sandbox,
    analysis,
    ...(settings.packages !== undefined && { packages: settings.packages }),
    packageSource: packageSourceOf({
      env: around.env,
      home: homedir(),
      allowed: settings.allowedDependencies,
    }),
    ...(settings.commands && { commands: settings.commands }),
    log: (sentence) => around.log.logger.info(sentence),
  })
  const mergeQueue = openMergeQueue({
    workspace,
    approvals: approvalsIn(settings.dataDirectory),
    ...(settings.gates && { policy: settings.gates }),
  })
  const { secrets } = around
  const redactor = createRedactor(secrets)
  const readers = opened.adopt(
    await openReaders({ store, directory, settings, output, log: around.log, version: around.version }),
    (each) => each.close(),
  )
  const auditLog = opened.adopt(
    await openAuditLog({
      dataDirectory: settings.dataDirectory,
      store,
      headBefore: () => headOfRunBefore(directory, keys, trouble),
      now: Date.now,
      trouble,
    }),
    (each) => each.close(),
  )
  const audit = auditFacts(auditLog, redactor, trouble)
  const tell = (fact: RunFact): void => {
    readers.take(fact)
    audit.take(fact)
    if (fact.type === 'emitted' && fact.event.type === 'budget.resumed') agents?.resume()
  }
  const agents =
    settings.models &&
    openAgents({
      models: settings.models,
      toolbox: (order) => openToolbox(workspace, order),
      store,
      replay: around.replay,
      redactor,
      tell,
    })
  if (settings.models && !around.replay) {
    const asking = new AbortController()
    opened.defer(() => asking.abort())
    void sayWhatIsMissing(settings.models, output.notice, asking.signal)
  }
  const renewMail = (unit: string) => renewConsumerOf(connection, system, unit)
  const desk = openDesk({ workspace, boxes, renewMail, pool: POOL, seed: settings.seed, build })
  let questions: Questions | undefined
  opened.defer(() => questions?.close())
  const own = {
    ...createImplementations({ ...settings, workspace, mergeQueue, post: desk }),
    ...agents?.implementations,
  }
  // Source texts come back, too: only what is known to be a secret is taken out of them.
  const redacting = redactingOutputs(own, createRedactor(secrets, { forms: false }))
  const implementations = tellingSteps(redacting, readers.step)
  around.onStart()
  const node = await Node.start({
    definitions,
    root: { kind: systemActor.kind, input: runInput(settings, around.replay) },
    implementations: around.replay ? keepingOrder(implementations, around.replay.order) : implementations,
    store,
    mail,
    tell,
    accepts: homeDoor((agent) => questions?.heardOfPause(agent) ?? false),
  })
  const record = node.record.bind(node)
  questions =
    agents &&
    settings.models &&
    openQuestions({
      ask: redactingQuestions(agents.ask, redactor),
      parcels: (node) => openParcels(boxes.of(memberOf(unitOf(node))), connection),
      calls: openCalls({
        mail,
        ledger: () => ledgerOf(record),
        onStep: node.watch.bind(node),
        models: settings.models.inUse,
        isKept: agents.isKept,
      }),
    })
  const means = settings.models && { budget: BUDGET, models: settings.models.inUse }
  const control = openControl({ connection, system, sender: HOME })
  const letters = { store, deliver: { check: node.check.bind(node), publish: mail.publish.bind(mail) } }
  const handlers = controlHandlers(node, mail, () => ({
    ...readers.status(node.actors, node.records),
    audit: auditLog.head,
  }))
  const retire = async (node: Address): Promise<void> => {
    questions?.forget(node)
    await retireUnit(connection, system, unitOf(node))
  }
  const roster = openRoster({ leases, mail, pool: POOL, build, retire, trouble })
  opened.defer(() => roster.close())
  const home = { workers: settings.workers, since: Date.now(), build }
  const inHand = (node: Address): readonly Assignment[] => {
    const pool = poolOf(record)
    return pool ? inHandAt(pool, node) : []
  }
  const nodeVerbs = desk.verbs({ roster, inHand, agents: means && questions && { means, questions } })
  const nodes = { nodes: nodesVerb(roster, node, home), ...nodeVerbs }
  const publish = (frame: Frame): void => control.tell('inspection', frame)
  const inspection = opened.adopt(inspectionVerbs({ node, publish }), (each) => each.close())
  const ask = (unit: string) => {
    const there = openControl({ connection, system, unit, sender: HOME })
    return there.request.bind(there)
  }
  const verbs = {
    ...handlers,
    ...deadLetterHandlers(letters),
    ...nodes,
    ...reachAll({ ...handlers, ...inspection.handlers }, { roster, ask }),
    ...backupVerb(backups),
    ...budgetVerb(node),
  }
  await control.serve(verbs, async (answered) => {
    if (!isNoted(answered)) return
    const fact = requestFact(answered)
    tell(fact)
    await audit.request(fact)
  })
  opened.defer(await hearNews(control, tell))
  for (const { id, outcome, message } of await sendAskedReplays(letters)) {
    trouble(`dead letter ${id}: its replay was ${outcome}${message === undefined ? '' : ` (${message})`}`)
  }
  const stop = (): void => void node.stop(GRACE_MS)
  if (around.stop.aborted) stop()
  around.stop.addEventListener('abort', stop, { once: true })
  const ending = await node.ending
  roster.close()
  over = ending.kind === 'ended'
  return await finish(ending, directory, { output, readers, clone: workspace.clone })
}

/** A server of the user's has limits of the user's, unless the user says otherwise here. */
async function mailLimit(
  { nats, maxMailBytes }: Settings,
  directory: RunDirectory,
): Promise<{ readonly maxBytes?: number }> {
  if (maxMailBytes !== undefined) return { maxBytes: maxMailBytes }
  return nats === undefined ? { maxBytes: await mostMail(directory) } : {}
}

/** A tenth of what is free where the server of this run keeps its files. */
async function mostMail({ path }: RunDirectory): Promise<number> {
  const { bavail, bsize } = await statfs(path)
  return Math.max(MIN_MAIL_BYTES, Math.min(MAX_MAIL_BYTES, Math.floor((bavail * bsize) / 10)))
}

async function openRunStore(
  { path }: RunDirectory,
  { sync, dataDirectory }: Settings,
  keys: StoreKeys | undefined,
): Promise<LocalStore> {
  try {
    const directory = join(path, 'store')
    await finishRestore(directory)
    return await openStore({ directory, sync, keys })
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'locked') throw error
    throw new UserError(
      'in_use',
      `another run is at work on ${dataDirectory}`,
      "Look at it with 'canopy status', end it with Ctrl-C, or use another directory: --data DIR",
      { cause: error },
    )
  }
}

interface NatsPlan {
  readonly settings: Settings
  readonly directory: RunDirectory
  readonly output: Output
  readonly log: Log
  readonly encryptionKey: string | undefined
}

async function openNats(
  { settings, directory: { path, record }, output, log, encryptionKey }: NatsPlan,
  opened: AsyncDisposableStack,
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
      output.notice(`nats-server died (${reason}) and runs again, the ${restarts}. time`),
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
      `a run is at work at ${connection.url} with the same key`,
      'End it, or make keys for another: canopy keys create DIR --system NAME',
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

function runInput(
  { repository, milestones, workers, nats, models, budget, gates }: Settings,
  replay: Replaying | undefined,
): RunInput {
  const inFlight = replay?.inFlight ?? inFlightOf({ workers, nats })
  // A second try of a milestone would only repeat what the rounds of the first came to.
  const { policy: quality = 'balanced' } = gates ?? {}
  const escalation = escalationPolicies[quality]
  const policy = { inFlight, tries: 1, escalation, review: reviewUnder(gates ?? {}) }
  return runInputSchema.parse({
    repository,
    roadmap: milestones,
    // Whoever waits for its turn keeps nobody from working.
    workers: replay && models ? Math.max(workers, inFlight) : workers,
    policy,
    budget,
    models: models?.inUse ?? null,
  })
}

async function finish(
  ending: Ending,
  directory: RunDirectory,
  { output, readers, clone }: { output: Output; readers: Readers; clone: string },
): Promise<number> {
  switch (ending.kind) {
    case 'stopped':
      output.finish({ kind: 'interrupted' }, readers.totals())
      return exitCodes.notReached
    case 'failed':
      throw ending.error
    case 'ended': {
      const report = runReportSchema.safeParse(ending.exit.output)
      if (report.success) await readers.end(report.data)
      await closeRunDirectory(directory)
      if (!report.success)
        throw new Error(ending.exit.error?.message ?? `the tree ended: ${ending.exit.reason}`)
      output.finish({ kind: 'finished', report: report.data, clone }, readers.totals())
      return exitCodeOf(report.data)
    }
    default:
      return ending satisfies never
  }
}
