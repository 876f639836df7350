// Inspect
//
// Owns:   `canopy inspect`: a page on this machine that shows the live actors of a running system in Stately's
//         inspector, until Ctrl-C or the end of the run.
// Leaves: the page (dashboard/), reaching the system (app/run/connect.ts).
//
// I1. The page's address holds its token: it is printed for the user, and never an argument of a program.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { counted, type SystemConnection, systemReason, UserError } from '../app/index.ts'
import {
  type Bridge,
  type BridgeState,
  type InspectorPage,
  openInspectorLink,
  openInspectorPage,
  startBridge,
} from '../dashboard/index.ts'
import type { Control } from '../transport/index.ts'
import { oneLine } from './words.ts'

export interface InspectOptions {
  readonly port: string
  readonly page: string
  readonly open: boolean
  /** The URL of an inspector's server that is there already. */
  readonly to?: string
  readonly json?: boolean
}

export interface InspectSurroundings {
  write(text: string): unknown
  /** Aborted when the user wants an end. */
  readonly stop: AbortSignal
  /** Whether there is somebody to open a browser for. */
  readonly interactive: boolean
}

/** So long a server may be away that is only being started again. */
const AWAY_MS = 3_000

/** Resolves when it is over. */
export async function inspect(
  connection: Pick<SystemConnection, 'control' | 'lost'>,
  options: InspectOptions,
  { write, stop, interactive }: InspectSurroundings,
): Promise<void> {
  const open = openerOf(options)
  await using opened = new AsyncDisposableStack()
  const page = opened.adopt(await open(), (each) => each.close())
  const over = Promise.withResolvers<string>()
  const bridge = await bridgeTo(connection.control, page, over.resolve)
  opened.defer(() => bridge.close())
  write(options.json ? `${JSON.stringify({ url: page.url })}\n` : `inspect at ${page.url} (Ctrl-C ends it)\n`)
  if (options.open && interactive && !options.json && options.to === undefined)
    opened.defer(await openBrowser(page.url))
  connection.lost(AWAY_MS).then(() => over.resolve('the run is gone, and its NATS server with it'))
  if (stop.aborted) over.resolve(STOPPED)
  stop.addEventListener('abort', () => over.resolve(STOPPED), { once: true })
  const reason = await over.promise
  const told = { reason, ...bridge.state, unread: page.dropped }
  write(options.json ? `${JSON.stringify(told)}\n` : inWords(told))
}

const STOPPED = 'stopped'

function inWords(told: BridgeState & { readonly reason: string; readonly unread: number }): string {
  const { reason, frames, lost, dropped, unread } = told
  const parts = [
    counted(frames, 'frame'),
    `${lost} lost`,
    `${unread} unread by slow pages`,
    `${counted(dropped.snapshots, 'snapshot')} skipped for newer ones`,
    `${counted(dropped.events, 'event')} left out`,
  ]
  return `${reason === STOPPED ? '' : `${oneLine(reason)}\n`}${parts.join(', ')}\n`
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
function openerOf({ port, page, to }: InspectOptions): () => Promise<InspectorPage> {
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
    throw new UserError('no_inspector', error.message, 'Start it first, or leave --to out.', { cause: error })
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
      'Leave it out and a free one is taken.',
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

/** Nothing depends on it: the address is printed. The browser gets it from a file that no other user can read (I1). */
async function openBrowser(url: string): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'canopy-inspect-'))
  const file = join(folder, 'inspect.html')
  const script = `location.replace(${JSON.stringify(url)})`
  await writeFile(file, `<!doctype html><title>Canopy</title><script>${script}</script>\n`, { mode: 0o600 })
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open'
  execa(program, [file], { stdio: 'ignore', detached: true, cleanup: false, reject: false }).unref()
  return () => rm(folder, { recursive: true, force: true })
}
