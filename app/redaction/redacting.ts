// Redacting
//
// Owns:   the places where texts of others are taken in: conversations, and what invocations return. What is kept,
//         shown or asked afterwards comes from there.
// Leaves: how texts are redacted (machines/redaction.ts), the known secrets (secrets.ts).

import { z } from 'zod'
import type { Implementation, ImplementationCall } from '../../actors/index.ts'
import type { AskModel } from '../../agents/index.ts'
import type { Redactor, Turn } from '../../machines/index.ts'
import type { Transcripts } from '../../persistence/index.ts'
import { type NamedImplementations, wrapEach } from '../run/wrap-each.ts'

/** Conversations whose turns are kept without secrets: what a model is asked is made of them. */
export function redactingTurns(transcripts: Transcripts<Turn>, redactor: Redactor): Transcripts<Turn> {
  return {
    appendTurn: (previous, turn) => transcripts.appendTurn(previous, redactor.value(turn)),
    turn: (digest) => transcripts.turn(digest),
    turns: (head) => transcripts.turns(head),
    begin: (key, found) => transcripts.begin(key, found),
  }
}

/** Questions of agents elsewhere, whose conversations are not kept here. */
export function redactingQuestions(ask: AskModel, redactor: Redactor): AskModel {
  return (question) => ask({ ...question, request: redactor.value(question.request) })
}

/** Invocations whose outputs and errors are told without secrets: journals, facts and reports are made of them. */
export function redactingOutputs<Given extends NamedImplementations>(
  implementations: Given,
  redactor: Redactor,
): Given {
  return wrapEach(implementations, (carryOut) => (call) => redactingOutput(carryOut, call, redactor))
}

async function redactingOutput(
  carryOut: Implementation,
  call: ImplementationCall,
  redactor: Redactor,
): Promise<unknown> {
  try {
    return redactor.value(withoutSecretPaths(await carryOut(call), redactor))
  } catch (error) {
    throw redactedError(error, redactor)
  }
}

/** The same error, whose texts and those of its causes hold no secret. */
function redactedError(error: unknown, redactor: Redactor): unknown {
  const seen = new Set<unknown>()
  for (let each = error; each instanceof Error && !seen.has(each); each = each.cause) {
    seen.add(each)
    const { message, stack } = each
    // Assigning fails for an error of the platform (DOMException), whose message is a getter.
    Object.defineProperty(each, 'message', { ...OWN_TEXT, value: redactor.text(message) })
    if (stack !== undefined)
      Object.defineProperty(each, 'stack', { ...OWN_TEXT, value: redactor.text(stack) })
  }
  return typeof error === 'string' ? redactor.text(error) : error
}

const OWN_TEXT = { configurable: true, writable: true, enumerable: false }

/** A module whose path holds a secret is not worked on: without the secret its path would name another file. */
function withoutSecretPaths(output: unknown, redactor: Redactor): unknown {
  const surveyed = surveyedSchema.safeParse(output)
  if (!surveyed.success) return output
  const { survey } = surveyed.data
  const modules = survey.modules.filter((path) => redactor.text(path) === path)
  return { ...surveyed.data, survey: { ...survey, modules } }
}

const surveyedSchema = z.looseObject({
  kind: z.literal('surveyed'),
  survey: z.looseObject({ modules: z.array(z.string()) }),
})
