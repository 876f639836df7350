// Control client
//
// Owns:   what `canopy status`, `tree`, `send`, `pause` and `resume` ask a running system.
// Leaves: reaching the run (app/run/connect.ts), its answers (actors/), their text (answers.ts).

import type { Colors } from 'picocolors/types.js'
import { z } from 'zod'
import { type SystemAccess, stateText, UserError } from '../app/index.ts'
import type { Control, ControlReply } from '../transport/index.ts'
import { accessJson, accessText } from './access.ts'
import { statusText, treeText } from './answers.ts'
import { oneLine } from './words.ts'

const TIMEOUT_MS = 5000

export interface DisplayOptions {
  readonly json: boolean
  readonly colors: Colors
}

/** What `canopy status` prints; with `access` also how others can ask. */
export async function status(
  control: Control,
  shown: DisplayOptions,
  access?: SystemAccess,
): Promise<string> {
  const { json, colors } = shown
  const answer = await ask(control, 'status', {})
  if (json) return JSON.stringify(access ? { ...(answer as object), control: accessJson(access) } : answer)
  const text = statusText(answer, colors)
  return access ? `${text}\n\n${accessText(access, colors)}` : text
}

/** What `canopy tree` prints. */
export async function tree(control: Control, { json, colors }: DisplayOptions): Promise<string> {
  const answer = await ask(control, 'tree', {})
  return json ? JSON.stringify(answer) : treeText(answer, colors)
}

/** What to send where, and whether to wait for the actor's step. */
export interface EventSending {
  readonly to: string
  readonly event: { readonly type: string }
  readonly wait: boolean
}

/** Mails an event to an actor; the text says that it was accepted, or with `wait` describes the step it caused. */
export async function send(
  control: Control,
  { to, event, wait }: EventSending,
  { json }: DisplayOptions,
): Promise<string> {
  const value = await ask(control, 'send', { to, event, ...(wait && { wait }) })
  if (json) return JSON.stringify(value ?? { accepted: true })
  if (!wait) return `${oneLine(to)} has it`
  const { state, sequence } = steppedSchema.parse(value)
  return `${oneLine(to)} took ${oneLine(event.type)} (step ${sequence}) and is in ${oneLine(stateText(state))}`
}

const steppedSchema = z.looseObject({ state: z.unknown(), sequence: z.number() })

/** What `canopy pause` and `canopy resume` print. */
export async function pauseOrResume(
  control: Control,
  type: 'PAUSE' | 'RESUME',
  orchestrator: string | undefined,
  shown: DisplayOptions,
): Promise<string> {
  const to = orchestrator === undefined ? SUPERVISOR : await orchestratorAddress(control, orchestrator)
  const text = await send(control, { to, event: { type }, wait: true }, shown)
  if (shown.json) return text
  const what =
    type === 'PAUSE'
      ? "nothing new is started, what runs is let finish; 'canopy resume' goes on"
      : 'it goes on'
  return `${text}\n${what}`
}

const SUPERVISOR = 'system.supervisor'

/** By its milestone, its name in the tree, or its whole address. */
async function orchestratorAddress(control: Control, name: string): Promise<string> {
  if (name.includes('.')) return name
  const actors = actorsSchema.parse(await ask(control, 'actors', {}))
  const orchestrators = actors.filter(({ kind }) => kind === 'orchestrator').map(({ address }) => address)
  const id = name.replace(/^orchestrator:/, '')
  // A milestone that was begun again has the number of its beginning behind its name.
  const found = orchestrators.find((address) => {
    const own = address.slice(address.lastIndexOf('.') + 1).replace('orchestrator:', '')
    return own === id || (own.startsWith(`${id}:`) && /^\d+$/.test(own.slice(id.length + 1)))
  })
  if (found !== undefined) return found
  const known = orchestrators.length > 0 ? `there is ${orchestrators.join(', ')}` : 'none is at work'
  throw new UserError('unknown_actor', `no orchestrator works on '${oneLine(name)}'; ${known}`, WAY_OUT)
}

const actorsSchema = z.array(z.looseObject({ address: z.string(), kind: z.string() }))
const WAY_OUT = "'canopy tree' shows the actors that there are."

export async function ask(control: Control, verb: string, payload: unknown): Promise<unknown> {
  const reply: ControlReply = await control.request(verb, payload, TIMEOUT_MS)
  if (reply.ok) return reply.value
  throw new UserError(reply.error.code, oneLine(reply.error.message), wayOutOf(reply.error.code))
}

function wayOutOf(code: string): string {
  switch (code) {
    case 'no_responder':
      return "No run answers there: start one with 'canopy run', or name its data directory with --data."
    case 'timeout':
      return `It did not answer within ${TIMEOUT_MS / 1000} seconds: it may be starting or very busy. Try again.`
    case 'not_allowed':
      return "Whoever has an operator's key may: --creds operator.creds ('canopy keys --help' says which key is for what)."
    case 'mailbox_full':
    case 'not_stepped':
      return 'It has more to do than it can take at the moment.'
    default:
      return WAY_OUT
  }
}
