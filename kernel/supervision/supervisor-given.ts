// Supervisor given
//
// Owns:   checking the flags and child specs that users pass to a supervisor, with OTP's error terms.
// Leaves: their use (supervisor-definition.ts, supervisor-calls.ts).
// Source: Erlang/OTP `supervisor`: check_flags, check_startspec, check_childspec. Unknown keys are ignored, as there.

import type { z } from 'zod'
import {
  badCombination,
  type ChildSpec,
  childSpecSchema,
  type Strategy,
  strategySchema,
} from './child-spec.ts'

/** One child of a supervisor before it is started. */
export interface ChildTemplate {
  readonly id: string
  readonly src: string
  readonly input: unknown
  readonly spec: ChildSpec
}

/** The flags or specs are malformed or conflict. `detail` is OTP's inner term. */
export class SpecError extends Error {
  readonly code: string
  readonly detail: unknown
  constructor(code: string, message: string, detail?: unknown) {
    super(message)
    this.code = code
    this.detail = detail
  }
}

export const CHILD_ID = /^[A-Za-z0-9:_/~=-]+$/

const specCodes: Readonly<Record<string, string>> = {
  restart: 'invalid_restart_type',
  significant: 'invalid_significant',
  shutdown: 'invalid_shutdown',
  type: 'invalid_child_type',
  resume: 'invalid_resume',
  backoff: 'invalid_backoff',
}

const flagCodes: Readonly<Record<string, string>> = {
  kind: 'invalid_strategy',
  intensity: 'invalid_intensity',
  period: 'invalid_period',
  autoShutdown: 'invalid_auto_shutdown',
}

export function checkFlags(given: unknown): Strategy {
  if (!isFields(given))
    throw new SpecError('invalid_type', `supervisor flags must be an object: ${text(given)}`)
  const { strategy: kind, intensity, period, autoShutdown } = given
  const checked = strategySchema.safeParse(defined({ kind, intensity, period, autoShutdown }))
  if (!checked.success) throw refused('supervisor flags', checked.error, flagCodes)
  return checked.data
}

export function checkChild(given: unknown, flags: Strategy): ChildTemplate {
  if (!isFields(given))
    throw new SpecError('invalid_child_spec', `a child spec must be an object: ${text(given)}`)
  const { id, src, input = null, restart, significant, shutdown, type, resume, backoff } = given
  if (id === undefined) throw new SpecError('missing_id', `a child spec needs an id: ${text(given)}`)
  if (typeof id !== 'string' || !CHILD_ID.test(id)) {
    throw new SpecError('invalid_id', `child id ${text(id)} must match ${CHILD_ID}`)
  }
  if (src === undefined)
    throw new SpecError('missing_start', `child ${id} needs src, the kind of actor to start`)
  if (typeof src !== 'string')
    throw new SpecError('invalid_start', `child ${id}: src ${text(src)} must be a kind`)
  const checked = childSpecSchema.safeParse(
    defined({ restart, significant, shutdown, type, resume, backoff }),
  )
  if (!checked.success) throw refused(`child ${id}`, checked.error, specCodes)
  const wrong = badCombination(checked.data, flags)
  if (wrong) throw new SpecError('bad_combination', `child ${id}: ${wrong}`)
  return { id, src, input, spec: checked.data }
}

/** The children of a supervisor in start order; `simple_one_for_one` has exactly one spec, its template. */
export function checkChildren(given: unknown, flags: Strategy): readonly ChildTemplate[] {
  if (!Array.isArray(given))
    throw new SpecError('invalid_children', `children must be a list: ${text(given)}`)
  const simple = flags.kind === 'simple_one_for_one'
  if (simple && given.length !== 1) {
    throw new SpecError(
      'bad_start_spec',
      `simple_one_for_one needs exactly one child spec, not ${given.length}`,
    )
  }
  const children = given.map((each) => checkChild(each, flags))
  const twice = children.find(({ id }, at) => children.findIndex((other) => other.id === id) !== at)
  if (twice) throw new SpecError('duplicate_child_name', `two children have the id '${twice.id}'`)
  return children
}

function refused(what: string, error: z.ZodError, codes: Readonly<Record<string, string>>): SpecError {
  const issue = error.issues[0]
  const field = String(issue?.path[0] ?? '')
  const combined = issue?.code === 'custom'
  const code = combined ? 'bad_combination' : (codes[field] ?? 'invalid')
  return new SpecError(code, `${what}: ${field}: ${issue?.message ?? error.message}`)
}

export function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function text(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}
