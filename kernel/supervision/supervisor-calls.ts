// Supervisor calls
//
// Owns:   a supervisor's answer to a request about its children, as a pure function.
// Leaves: carrying out the orders (actors/supervisor.ts), decisions at a child's end (restart.ts).
// Source: Erlang/OTP `supervisor`: handle_call for start_child, terminate_child, restart_child, delete_child, and
//         code_change. Error codes are OTP's; an address replaces OTP's pid.

import type { Address } from '../messages.ts'
import type { ChildOrder } from '../step/effects.ts'
import type { ChildSpec, Strategy } from './child-spec.ts'
import {
  type Child,
  childForget,
  childrenOf,
  childStart,
  childStop,
  isUp,
  released,
  type Supervision,
  settled,
  stopped,
  withChild,
  withoutChild,
} from './supervision.ts'
import {
  type ChildTemplate,
  checkChild,
  checkChildren,
  checkFlags,
  isFields,
  SpecError,
} from './supervisor-given.ts'
import type { SupervisorReply, SupervisorRequest } from './supervisor-request.ts'

export interface CallResult {
  readonly supervision: Supervision
  readonly orders: readonly ChildOrder[]
  /** Absent when the answer waits for the child's start. */
  readonly reply?: SupervisorReply
}

/** A supervisor that receives a request. `birth`: for the child it may start; `now` in milliseconds. */
export interface SupervisorCall {
  readonly address: Address
  readonly supervision: Supervision
  readonly strategy: Strategy
  readonly call: string
  readonly birth: string
  readonly now: number
}

export function answer(asked: SupervisorCall, request: SupervisorRequest): CallResult {
  try {
    switch (request.kind) {
      case 'startChild':
        return startChild(asked, request.given)
      case 'terminateChild':
        return terminateChild(asked, request.child)
      case 'restartChild':
        return restartChild(asked, request.child)
      case 'deleteChild':
        return deleteChild(asked, request.child)
      case 'change':
        return change(asked, request.given)
      default:
        return request satisfies never
    }
  } catch (error) {
    if (error instanceof SpecError) return refused(asked, error.code, error.message, error.detail)
    throw error
  }
}

/** A new child, as its supervisor stores it and as its first order has it. */
export function newChild(
  supervision: Supervision,
  { id, src, spec, input }: ChildTemplate,
  fields: Pick<Child, 'birth'> & Partial<Child>,
  now: number,
): { supervision: Supervision; order: ChildOrder & { kind: 'start' } } {
  const former = supervision.children.get(id)
  const child: Child = {
    id,
    src,
    spec,
    incarnation: (former?.incarnation ?? 0) + 1,
    input: spec.restart === 'temporary' ? null : input,
    order: supervision.next,
    state: 'running',
    asked: 'start',
    ...(spec.backoff && { since: now }),
    ...fields,
  }
  const next = { ...withChild(supervision, child), next: supervision.next + 1 }
  return { supervision: next, order: childStart(child, input) }
}

function startChild(asked: SupervisorCall, given: unknown): CallResult {
  const { supervision, strategy, call, birth, now } = asked
  const template =
    strategy.kind === 'simple_one_for_one' ? fromTemplate(supervision, given) : checkChild(given, strategy)
  const present = supervision.children.get(template.id)
  if (present) return alreadyThere(asked, present)
  const state = 'starting'
  const started = newChild(supervision, template, { birth, call, state }, now)
  return { supervision: started.supervision, orders: [started.order] }
}

function alreadyThere(asked: SupervisorCall, { id, state }: Child): CallResult {
  const address = `${asked.address}.${id}`
  return state === 'running' || state === 'starting'
    ? refused(asked, 'already_started', `child '${id}' runs already`, { address })
    : refused(asked, 'already_present', `child '${id}' exists already: restart or delete it`)
}

/** The template with the given input added: lists are concatenated, fields are merged over the template's. */
function fromTemplate({ template, next }: Supervision, given: unknown): ChildTemplate {
  if (!template) throw new SpecError('bad_start_spec', 'simple_one_for_one has no child spec')
  return { ...template, id: `${template.id}:${next}`, input: joined(template.input, given) }
}

function joined(input: unknown, extra: unknown): unknown {
  if (extra === undefined || extra === null) return input
  if (Array.isArray(input) && Array.isArray(extra)) return [...input, ...extra]
  if (isFields(input) && isFields(extra)) return { ...input, ...extra }
  return extra
}

function terminateChild(asked: SupervisorCall, name: string): CallResult {
  const { supervision, strategy } = asked
  const simple = strategy.kind === 'simple_one_for_one'
  const child = supervision.children.get(simple ? ownId(asked, name) : name)
  if (!child) return simple ? terminateUnknown(asked, name) : notFound(asked, name)
  const gone = simple || child.spec.restart === 'temporary'
  const left = gone ? withoutChild(supervision, child.id) : withChild(supervision, stopped(child))
  const others = released(left, child)
  // A start by hand begins with the input: the old snapshot is deleted.
  const orders = [...(isUp(child) ? [childStop(child)] : []), ...[child, ...others].map(childForget)]
  return { ...done(asked, null), supervision: others.reduce(withChild, left), orders }
}

/** A dead child counts as terminated; an address that was never a child is not found. */
function terminateUnknown(asked: SupervisorCall, name: string): CallResult {
  if (!name.startsWith(`${asked.address}.`)) return onlyDynamic(asked, name)
  const { template, next } = asked.supervision
  const prefix = `${asked.address}.${template?.id}:`
  const number = name.startsWith(prefix) ? name.slice(prefix.length) : ''
  const wasOurs = /^(0|[1-9]\d*)$/.test(number) && Number(number) < next
  return wasOurs ? done(asked, null) : notFound(asked, name)
}

function onlyDynamic(asked: SupervisorCall, name: string): CallResult {
  return name.includes('.')
    ? notFound(asked, name)
    : refused(
        asked,
        'simple_one_for_one',
        `children of simple_one_for_one have no ids: give the address, not '${name}'`,
      )
}

function restartChild(asked: SupervisorCall, id: string): CallResult {
  const { supervision, strategy, call } = asked
  if (strategy.kind === 'simple_one_for_one') return onlyDynamic(asked, id)
  const child = supervision.children.get(id)
  if (!child) return notFound(asked, id)
  if (child.state !== 'stopped') return busy(asked, child)
  const incarnation = child.incarnation + 1
  const again: Child = {
    ...settled(child),
    birth: asked.birth,
    incarnation,
    state: 'starting',
    asked: 'restart',
    call,
  }
  return { supervision: withChild(supervision, again), orders: [childStart(again)] }
}

function deleteChild(asked: SupervisorCall, id: string): CallResult {
  const { supervision, strategy } = asked
  if (strategy.kind === 'simple_one_for_one') return onlyDynamic(asked, id)
  const child = supervision.children.get(id)
  if (!child) return notFound(asked, id)
  if (child.state !== 'stopped') return busy(asked, child)
  return { ...done(asked, null), supervision: withoutChild(supervision, id), orders: [childForget(child)] }
}

function busy(asked: SupervisorCall, { id, state }: Child): CallResult {
  return state === 'restarting'
    ? refused(asked, 'restarting', `child '${id}' is being restarted: terminate it first`)
    : refused(asked, 'running', `child '${id}' is running: terminate it first`)
}

/** Known children get their new specs and go on; new ones are added and not started; missing ones are kept. */
function change(asked: SupervisorCall, given: unknown): CallResult {
  const { supervision } = asked
  if (given === 'ignore') return done(asked, null)
  const strategy = checkFlags(given)
  const templates = checkChildren((given as { children?: unknown }).children, strategy)
  const simple = strategy.kind === 'simple_one_for_one'
  if (simple !== (asked.strategy.kind === 'simple_one_for_one')) {
    throw new SpecError('bad_combination', 'a running supervisor cannot change to or from simple_one_for_one')
  }
  if (simple) return changeTemplate(asked, strategy, templates[0])
  const kept = childrenOf(supervision).filter(({ id }) => !templates.some((each) => each.id === id))
  const all = [...templates.map((each) => respecified(asked, each)), ...kept]
  const ordered = all.map((child, order): Child => ({ ...child, order }))
  const changed = ordered.reduce(withChild, { ...supervision, strategy, next: ordered.length })
  return { ...done(asked, null), supervision: changed }
}

function changeTemplate(
  asked: SupervisorCall,
  strategy: Strategy,
  template: ChildTemplate | undefined,
): CallResult {
  const { supervision } = asked
  if (!template) throw new SpecError('bad_start_spec', 'simple_one_for_one needs exactly one child spec')
  const { src, spec } = template
  const changed = childrenOf(supervision).map((child): Child => ({ ...child, src, spec }))
  return {
    ...done(asked, null),
    supervision: changed.reduce(withChild, { ...supervision, strategy, template }),
  }
}

function respecified({ supervision, birth }: SupervisorCall, { id, src, spec, input }: ChildTemplate): Child {
  const known = supervision.children.get(id)
  if (known) return { ...known, src, spec, input: keptInput(spec, input) }
  const fields = { birth: `${birth}.${id}`, incarnation: 0, order: 0 }
  return { id, src, spec, input: keptInput(spec, input), ...fields, state: 'stopped' }
}

function keptInput(spec: ChildSpec, input: unknown): unknown {
  return spec.restart === 'temporary' ? null : input
}

function ownId({ address }: SupervisorCall, name: string): string {
  return name.startsWith(`${address}.`) ? name.slice(address.length + 1) : ''
}

function notFound(asked: SupervisorCall, name: string): CallResult {
  return refused(asked, 'not_found', `${asked.address} has no child '${name}'`)
}

function done({ supervision }: SupervisorCall, value: unknown): CallResult {
  return { supervision, orders: [], reply: { ok: true, value } }
}

function refused(
  { supervision }: SupervisorCall,
  code: string,
  message: string,
  detail?: unknown,
): CallResult {
  const error = { code, message, ...(detail !== undefined && { detail }) }
  return { supervision, orders: [], reply: { ok: false, error } }
}
