// Steer
//
// Owns:   mailing events to actors of a running system; pausing and resuming it, whole or a milestone of it.
// Leaves: what an event changes (machines/), printing the answers (cli/control-client.ts).

import { z } from 'zod'
import type { Control } from '../../transport/index.ts'
import { UserError } from '../errors.ts'
import { oneLine } from '../words.ts'
import { askSystem, checkedAnswer, LISTED_BY_TREE } from './ask-system.ts'

/** An event, its receiver, and whether to wait for the step that it causes. */
export interface EventSending {
  /** The actor's address. */
  readonly to: string
  readonly event: { readonly type: string }
  readonly wait: boolean
}

export interface SentEvent {
  /** As the system answered. */
  readonly answer: unknown
  /** The step that the event caused; absent unless it was waited for. */
  readonly step?: StepAnswer
}

const stepSchema = z.looseObject({ state: z.unknown(), sequence: z.number() })
/** The number of a step and the state after it, an XState value. */
type StepAnswer = z.output<typeof stepSchema>

export async function sendEvent(control: Control, { to, event, wait }: EventSending): Promise<SentEvent> {
  const answer = await askSystem(control, 'send', { to, event, ...(wait && { wait }) })
  return wait ? { answer, step: checkedAnswer('send', stepSchema, answer) } : { answer }
}

const SUPERVISOR = 'system.supervisor'

/** Pauses or resumes everything, or one milestone; resolves after the step, with the address that took the event. */
export async function pauseOrResume(
  control: Control,
  type: 'PAUSE' | 'RESUME',
  orchestrator: string | undefined,
): Promise<SentEvent & { readonly to: string }> {
  const to = orchestrator === undefined ? SUPERVISOR : await orchestratorAddress(control, orchestrator)
  return { to, ...(await sendEvent(control, { to, event: { type }, wait: true })) }
}

const actorsSchema = z.array(z.looseObject({ address: z.string(), kind: z.string() }))

/** By its milestone, its name in the tree, or its whole address. */
async function orchestratorAddress(control: Control, name: string): Promise<string> {
  if (name.includes('.')) return name
  const actors = checkedAnswer('actors', actorsSchema, await askSystem(control, 'actors', {}))
  const orchestrators = actors.filter(({ kind }) => kind === 'orchestrator').map(({ address }) => address)
  const id = name.replace(/^orchestrator:/, '')
  // A milestone that was begun again has the number of its beginning behind its name.
  const found = orchestrators.find((address) => {
    const own = address.slice(address.lastIndexOf('.') + 1).replace('orchestrator:', '')
    return own === id || (own.startsWith(`${id}:`) && /^\d+$/.test(own.slice(id.length + 1)))
  })
  if (found !== undefined) return found
  const known = orchestrators.length > 0 ? `running: ${orchestrators.join(', ')}` : 'there is none'
  throw new UserError(
    'unknown_actor',
    `no orchestrator works on '${oneLine(name)}'; ${known}`,
    LISTED_BY_TREE,
  )
}
