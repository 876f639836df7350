// Inspect command
//
// Owns:   the output of `canopy inspect`: the page's address, and at the end the counts of shown and lost messages.
// Leaves: the inspection (app/inspect/).

import {
  counted,
  type InspectionEnd,
  inspect,
  type RunInspectorOptions,
  type SystemConnection,
} from '../app/index.ts'
import type { Terminal } from './terminal.ts'
import { oneLine } from './words.ts'

export interface InspectOptions extends RunInspectorOptions {
  /** Whether a browser may be opened. */
  readonly open: boolean
  readonly json?: boolean
}

/** Resolves when it is over. */
export async function inspectCommand(
  connection: SystemConnection,
  options: InspectOptions,
  { screen, stop }: Terminal,
): Promise<void> {
  const { json = false, open, to } = options
  const end = await inspect(connection, options, {
    stop,
    isShown: open && !json && to === undefined && screen.isTTY === true,
    onOpen: (url) =>
      screen.write(json ? `${JSON.stringify({ url })}\n` : `inspect at ${url} (Ctrl-C ends it)\n`),
  })
  screen.write(`${json ? JSON.stringify(end) : endText(end)}\n`)
}

function endText({ reason, frames, lost, dropped, unread }: InspectionEnd): string {
  const parts = [
    counted(frames, 'frame'),
    `${lost} lost`,
    `${unread} not read by slow pages`,
    `${counted(dropped.snapshots, 'snapshot')} skipped for newer ones`,
    `${counted(dropped.events, 'event')} left out`,
  ]
  return `${reason === 'stopped' ? '' : `${oneLine(reason)}\n`}${parts.join(', ')}`
}
