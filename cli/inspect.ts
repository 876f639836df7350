// Inspect
//
// Owns:   `canopy inspect`: a page on this machine that shows the live actors of a running system in Stately's
//         inspector, until Ctrl-C or the end of the run.
// Leaves: what is shown (dashboard/), reaching the system (connect.ts).

import { execa } from 'execa'
import { type InspectorPage, openInspectorPage, startBridge } from '../dashboard/index.ts'
import type { Control } from '../transport/index.ts'
import { systemReason, UserError } from './errors.ts'
import { counted, oneLine } from './words.ts'

export interface InspectOptions {
  readonly port: string
  readonly page: string
  readonly open: boolean
  readonly json?: boolean
}

export interface InspectSurroundings {
  write(text: string): unknown
  /** Aborted when the user wants an end. */
  readonly stop: AbortSignal
  /** Whether there is somebody to open a browser for. */
  readonly interactive: boolean
}

/** Resolves when it is over. */
export async function inspect(
  control: Control,
  options: InspectOptions,
  { write, stop, interactive }: InspectSurroundings,
): Promise<void> {
  const port = portOf(options.port)
  await using opened = new AsyncDisposableStack()
  const page = opened.adopt(await openPage(port, pageOf(options.page)), (each) => each.close())
  const over = Promise.withResolvers<string>()
  const bridge = await startBridge({ system: control, page, onGone: over.resolve }).catch(
    (error: unknown) => {
      throw refusal(error)
    },
  )
  opened.defer(() => bridge.close())
  write(options.json ? `${JSON.stringify({ url: page.url })}\n` : `inspect at ${page.url} (Ctrl-C ends it)\n`)
  if (options.open && interactive && !options.json) openBrowser(page.url)
  if (stop.aborted) over.resolve('stopped')
  stop.addEventListener('abort', () => over.resolve('stopped'), { once: true })
  const reason = await over.promise
  const { frames, lost, dropped } = bridge.state
  const unread = page.dropped
  if (options.json) return void write(`${JSON.stringify({ reason, frames, lost, dropped, unread })}\n`)
  const left = `${counted(dropped.snapshots, 'snapshot')} skipped for newer ones, ${counted(dropped.events, 'event')} left out`
  const told = `${counted(frames, 'frame')}, ${lost} lost, ${unread} unread by slow pages; ${left}`
  write(`${reason === 'stopped' ? '' : `${oneLine(reason)}\n`}${told}\n`)
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

/** Nothing depends on it: the address is printed. */
function openBrowser(url: string): void {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open'
  execa(program, [url], { stdio: 'ignore', detached: true, cleanup: false, reject: false }).unref()
}
