// Control client
//
// Owns:   what `canopy status`, `tree`, `send`, `pause` and `resume` print.
// Leaves: asking the system (app/control/), tables and trees (answers.ts).

import type { Colors } from 'picocolors/types.js'
import {
  askStatus,
  askTree,
  type Control,
  type EventSending,
  pauseOrResume,
  type SentEvent,
  type SystemAccess,
  sendEvent,
  stateText,
} from '../app/index.ts'
import { accessJson, accessText } from './access.ts'
import { statusText, treeText } from './answers.ts'
import { oneLine } from './words.ts'

export interface DisplayOptions {
  readonly json: boolean
  readonly colors: Colors
}

/** What `canopy status` prints; with `access` also how others can ask. */
export async function status(
  control: Control,
  { json, colors }: DisplayOptions,
  access?: SystemAccess,
): Promise<string> {
  const { raw, read } = await askStatus(control)
  if (json) return JSON.stringify(access ? { ...(raw as object), control: accessJson(access) } : raw)
  const text = statusText(read(), colors)
  return access ? `${text}\n\n${accessText(access, colors)}` : text
}

/** What `canopy tree` prints. */
export async function tree(control: Control, { json, colors }: DisplayOptions): Promise<string> {
  const { raw, read } = await askTree(control)
  return json ? JSON.stringify(raw) : treeText(read(), colors)
}

/** What `canopy send` prints: the event was accepted, or the step that it caused. */
export async function send(
  control: Control,
  sending: EventSending,
  { json }: DisplayOptions,
): Promise<string> {
  const sent = await sendEvent(control, sending)
  return json ? sentJson(sent) : sentText(sending, sent)
}

/** What `canopy pause` and `canopy resume` print. */
export async function steer(
  control: Control,
  type: 'PAUSE' | 'RESUME',
  orchestrator: string | undefined,
  { json }: DisplayOptions,
): Promise<string> {
  const { to, ...sent } = await pauseOrResume(control, type, orchestrator)
  if (json) return sentJson(sent)
  const effect =
    type === 'PAUSE'
      ? "no new work starts and running work finishes; 'canopy resume' continues it"
      : 'work continues'
  return `${sentText({ to, event: { type } }, sent)}\n${effect}`
}

function sentJson({ answer }: SentEvent): string {
  return JSON.stringify(answer ?? { accepted: true })
}

function sentText({ to, event }: Pick<EventSending, 'to' | 'event'>, { step }: SentEvent): string {
  if (!step) return `event accepted by ${oneLine(to)}`
  return `${oneLine(to)} took ${oneLine(event.type)} (step ${step.sequence}) and is in ${oneLine(stateText(step.state))}`
}
