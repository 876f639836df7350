// Ask system
//
// Owns:   a request to a running system, its deadline, and refusals as errors with a way out.
// Leaves: reaching the system (app/run/connect.ts), the requests (the files beside this one).

import { z } from 'zod'
import type { Control } from '../../transport/index.ts'
import { UserError } from '../errors.ts'
import { oneLine } from '../words.ts'

const TIMEOUT_MS = 5_000

/** The value of the answer. Fails with a UserError when the system refuses or does not answer within 5 s. */
export async function askSystem(control: Control, verb: string, payload: unknown): Promise<unknown> {
  const reply = await control.request(verb, payload, TIMEOUT_MS)
  if (reply.ok) return reply.value
  throw new UserError(reply.error.code, oneLine(reply.error.message), wayOutOf(reply.error.code))
}

export const OTHER_VERSION = 'The running system may be of another version'

/** The answer to a verb, checked; fails with `strange_answer` when a system of another version gave it. */
export function checkedAnswer<T>(
  verb: string,
  schema: z.ZodType<T>,
  answer: unknown,
  wayOut = `${OTHER_VERSION}.`,
): T {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  throw new UserError(
    'strange_answer',
    `the answer to ${verb} cannot be read: ${z.prettifyError(parsed.error)}`,
    wayOut,
  )
}

export const LISTED_BY_TREE = "'canopy tree' shows the actors."

function wayOutOf(code: string): string {
  switch (code) {
    case 'no_responder':
      return "No run answers there: start one with 'canopy run', or name its data directory with --data."
    case 'timeout':
      return `It did not answer within ${TIMEOUT_MS / 1000} seconds: it may be starting or very busy. Try again.`
    case 'not_allowed':
      return "An operator's key may: --creds operator.creds ('canopy keys --help' says which key is for what)."
    case 'mailbox_full':
    case 'not_stepped':
      return 'It has too much to do at the moment: try again.'
    default:
      return LISTED_BY_TREE
  }
}
