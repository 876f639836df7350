// Control verb
//
// Owns:   the record of a verb of the development system: its name, its class, its input and its answer.
// Leaves: which verbs a run has (app/run/run-control.ts), who may ask a class of verbs (transport/).
//
// V1. The class decides both questions: operators and viewers may ask `look.<name>`, and only operators may ask
//     `change.<name>`, which the audit log notes. A new verb needs no new key and no new permission.

import type { z } from 'zod'
import { issueTexts } from '../../kernel/index.ts'
import type { ControlHandler, ControlReply, VerbClass } from '../../transport/index.ts'

/** One verb. `Parts`: the parts of the run that its answer is made of. */
export interface ControlVerb<Parts, Input = unknown> {
  /** Letters, digits and dashes. It is asked as `<class>.<name>`. */
  readonly name: string
  readonly class: VerbClass
  /** Another payload is refused with `bad_request`. */
  readonly input: z.ZodType<Input>
  /** Also asked by its name alone, for which there is a row in the table of permissions. */
  readonly hasOwnSubject?: true
  /** The value of the answer. Throws `RefusedVerb` to refuse with a code. */
  answer(input: Input, parts: Parts): Promise<unknown>
}

/** The verb was understood and is not carried out. */
export class RefusedVerb extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** The record as it is given, with the type of its input checked. */
export function defineVerb<Parts, Input>(verb: ControlVerb<Parts, Input>): ControlVerb<Parts> {
  return verb as ControlVerb<Parts>
}

/** The handlers of all verbs: one for each class, and one for each verb that has its own subject. */
export function verbHandlers<Parts>(
  verbs: readonly ControlVerb<Parts>[],
  parts: Parts,
): Readonly<Record<string, ControlHandler>> {
  const ofClass = (wanted: VerbClass): ControlHandler => {
    const known = new Map(verbs.filter((each) => each.class === wanted).map((each) => [each.name, each]))
    return async (payload, name = '') => {
      const verb = known.get(name)
      if (verb) return answerOf(verb, payload, parts)
      const names = [...known.keys()].toSorted().map((each) => `${wanted}.${each}`)
      return refusal('unknown_verb', `unknown verb "${wanted}.${name}"; known are: ${names.join(', ')}`)
    }
  }
  const own = verbs
    .filter(({ hasOwnSubject }) => hasOwnSubject)
    .map((verb) => [verb.name, (payload: unknown) => answerOf(verb, payload, parts)] as const)
  return { 'look.*': ofClass('look'), 'change.*': ofClass('change'), ...Object.fromEntries(own) }
}

async function answerOf<Parts>(
  verb: ControlVerb<Parts>,
  payload: unknown,
  parts: Parts,
): Promise<ControlReply> {
  const input = verb.input.safeParse(payload)
  if (!input.success) return refusal('bad_request', issueTexts(input.error, 'request').join('; '))
  try {
    return { ok: true, value: await verb.answer(input.data, parts) }
  } catch (error) {
    if (error instanceof RefusedVerb) return refusal(error.code, error.message)
    throw error
  }
}

function refusal(code: string, message: string): ControlReply {
  return { ok: false, error: { code, message } }
}
