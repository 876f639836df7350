// Inspect
//
// Owns:   a page on this machine that shows the live actors of a running system in Stately's inspector, until the user
//         stops it or the run ends.
// Leaves: the page (dashboard/), reaching the system (app/run/connect.ts), printing (cli/inspect.ts).

import {
  type Bridge,
  type BridgeState,
  type InspectorPage,
  openInspectorLink,
  openInspectorPage,
  startBridge,
} from '../../dashboard/index.ts'
import type { Control } from '../../transport/index.ts'
import { systemReason, UserError } from '../errors.ts'
import type { SystemConnection } from '../run/connect.ts'
import { oneLine } from '../words.ts'
import { openBrowser } from './open-browser.ts'

/** The options as the user wrote them. */
export interface RunInspectorOptions {
  /** The port of the local page; 0 is any free port. */
  readonly port: string
  /** The URL of the inspector's own page, shown in a frame. */
  readonly page: string
  /** Instead of a page, the URL of an inspector's server that is there already. */
  readonly to?: string
}

export interface RunningInspection {
  /** Aborted when the user wants an end. */
  readonly stop: AbortSignal
  /** Show the page in a browser. */
  readonly isShown: boolean
  /** Called once, with the page's address and its token. */
  onOpen(url: string): void
}

/** The end of an inspection, and the counts of shown and lost messages. */
export interface InspectionEnd extends BridgeState {
  /** `stopped` by the user, or why the system could not be inspected any more. */
  readonly reason: string
  /** Frames that slow pages did not read. */
  readonly unread: number
}

/** How long a server may be unreachable that is only being restarted. */
const AWAY_MS = 3_000

/** Resolves when it is over. Fails with a UserError for wrong options, a taken port, or a system that refuses. */
export async function inspect(
  connection: Pick<SystemConnection, 'control' | 'lost'>,
  options: RunInspectorOptions,
  { stop, isShown, onOpen }: RunningInspection,
): Promise<InspectionEnd> {
  const open = openerOf(options)
  await using opened = new AsyncDisposableStack()
  const page = opened.adopt(await open(), (each) => each.close())
  const over = Promise.withResolvers<string>()
  const bridge = await bridgeTo(connection.control, page, over.resolve)
  opened.defer(() => bridge.close())
  onOpen(page.url)
  if (isShown) opened.defer(await openBrowser(page.url))
  connection.lost(AWAY_MS).then(() => over.resolve('the run and its NATS server are gone'))
  const stopped = () => over.resolve('stopped')
  if (stop.aborted) stopped()
  stop.addEventListener('abort', stopped, { once: true })
  const reason = await over.promise
  return { reason, ...bridge.state, unread: page.dropped }
}

async function bridgeTo(
  system: Control,
  page: InspectorPage,
  onGone: (reason: string) => void,
): Promise<Bridge> {
  try {
    return await startBridge({ system, page, onGone })
  } catch (error) {
    throw refusal(error)
  }
}

/** Mistakes in the options are told before anything is opened. */
function openerOf({ port, page, to }: RunInspectorOptions): () => Promise<InspectorPage> {
  if (to === undefined) {
    const [number, url] = [portOf(port), pageOf(page)]
    return () => openPage(number, url)
  }
  const url = URL.parse(to)
  if (url?.protocol === 'ws:' || url?.protocol === 'wss:') return () => openLink(url)
  throw new UserError(
    'bad_option',
    `--to is ${JSON.stringify(to)}; expected the URL of an inspector's server`,
    'For example: --to ws://localhost:8080.',
  )
}

async function openLink(to: URL): Promise<InspectorPage> {
  return openInspectorLink(to).catch((error: Error) => {
    throw new UserError('no_inspector', error.message, 'Start it first, or omit --to.', { cause: error })
  })
}

async function openPage(port: number, page: URL): Promise<InspectorPage> {
  try {
    return await openInspectorPage({ port, page })
  } catch (error) {
    const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
    throw new UserError(
      'port_unavailable',
      `--port is ${port}; ${taken ? 'another program listens there' : systemReason(error)}`,
      'Without --port, a free port is used.',
      { cause: error },
    )
  }
}

function portOf(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new UserError(
    'bad_option',
    `--port is ${JSON.stringify(text)}; expected 0 to 65535`,
    'For example: --port 8080.',
  )
}

function pageOf(text: string): URL {
  const page = URL.parse(text)
  if (page?.protocol === 'https:' || page?.protocol === 'http:') return page
  throw new UserError(
    'bad_option',
    `--page is ${JSON.stringify(text)}; expected the URL of a page`,
    'For example: --page https://stately.ai/inspect.',
  )
}

/** What the system said instead of letting itself be inspected. */
function refusal(error: unknown): unknown {
  const { code, message } = error as { code?: unknown; message: string }
  if (typeof code !== 'string') return error
  return new UserError(
    code,
    oneLine(message),
    "Start a run with 'canopy run', or name its data directory with --data.",
  )
}
