// Control client
//
// Owns:   what `canopy status`, `tree` and `send` ask a running system.
// Leaves: reaching it (connect.ts), what it answers (actors/), how that is written (answers.ts).

import type { Colors } from 'picocolors/types.js'
import type { Control, Reply } from '../transport/index.ts'
import { statusText, treeText } from './answers.ts'
import { UserError } from './errors.ts'
import { oneLine } from './words.ts'

const TIMEOUT_MS = 5000

export interface Shown {
  readonly json: boolean
  readonly colors: Colors
}

/** What `canopy status` prints. */
export async function status(control: Control, { json, colors }: Shown): Promise<string> {
  const answer = await ask(control, 'status', {})
  return json ? JSON.stringify(answer) : statusText(answer, colors)
}

/** What `canopy tree` prints. */
export async function tree(control: Control, { json, colors }: Shown): Promise<string> {
  const answer = await ask(control, 'tree', {})
  return json ? JSON.stringify(answer) : treeText(answer, colors)
}

/** Mails an event to an actor; the text says that it was taken. */
export async function send(control: Control, to: string, event: object, { json }: Shown): Promise<string> {
  const value = await ask(control, 'send', { to, event })
  if (json) return JSON.stringify(value ?? { accepted: true })
  return `${oneLine(to)} has it`
}

/** The event that `canopy send <actor> <EVENT> [json]` means. */
export function eventFrom(type: string, json: string | undefined): { type: string } {
  const example = `For example: canopy send system.supervisor PAUSE '{"reason": "lunch"}'`
  if (json === undefined) return { type }
  let fields: unknown
  try {
    fields = JSON.parse(json)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UserError('bad_event', `the event's fields are ${json}; expected JSON (${reason})`, example)
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw new UserError('bad_event', `the event's fields are ${json}; expected an object`, example)
  }
  return { ...fields, type }
}

async function ask(control: Control, verb: string, payload: unknown): Promise<unknown> {
  const reply: Reply = await control.request(verb, payload, TIMEOUT_MS)
  if (reply.ok) return reply.value
  throw new UserError(reply.error.code, oneLine(reply.error.message), wayOutOf(reply.error.code))
}

function wayOutOf(code: string): string {
  switch (code) {
    case 'no_responder':
      return "No run answers there: start one with 'canopy run', or name its data directory with --data."
    case 'timeout':
      return `It did not answer within ${TIMEOUT_MS / 1000} seconds: it may be starting or very busy. Try again.`
    default:
      return "'canopy tree' shows the actors that there are."
  }
}
