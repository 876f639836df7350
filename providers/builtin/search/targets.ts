// Targets
//
// Owns:   what of a module can be called, and a first case for it: a call, or a new object and calls of its methods.
// Leaves: arguments (generate.ts), later changes (mutate.ts).

import type { Analysis, Exported, Member, Signature } from '../descriptors.ts'
import type { Case, Expression, Step } from '../expression.ts'
import type { Random } from '../random.ts'
import type { Generator } from './generate.ts'

export interface Target {
  /** What its tests are grouped under. */
  readonly name: string
  /** A fresh case by chance. */
  create(): Case
  /** One more step on a case of this target, if there is one. */
  extend(steps: readonly Step[]): Step | undefined
  /** The shape of a step's arguments. */
  signature(step: Step): Signature | undefined
}

/** `names` are the exports that are really there at run time. */
export function findTargets(
  analysis: Analysis,
  exports: Readonly<Record<string, unknown>>,
  generator: Generator,
  random: Random,
): readonly Target[] {
  const described = analysis.exports.filter(({ name }) => name in exports)
  const known = new Set(described.map(({ name }) => name))
  const others = Object.keys(exports).filter(
    (name) => !known.has(name) && name !== '__esModule' && !isSame(exports, name, known),
  )
  const all = [...described, ...others.flatMap((name) => guess(name, exports[name]))]
  return all.flatMap((exported) => targetsOf(exported, generator, random))
}

/** `module.exports.default = module.exports` is one thing, not two. */
function isSame(
  exports: Readonly<Record<string, unknown>>,
  name: string,
  known: ReadonlySet<string>,
): boolean {
  return [...known].some((other) => exports[other] === exports[name])
}

/** An export the analysis did not see, as happens in CommonJS. */
function guess(name: string, value: unknown): readonly Exported[] {
  const signature = (callee: { length: number }): Signature => ({
    parameters: Array.from({ length: Math.max(callee.length, 1) }, (_, index) => ({
      name: `value${index}`,
      type: { kind: 'any' },
      optional: false,
      rest: false,
    })),
    returns: { kind: 'any' },
  })
  const methodsOf = (owner: object, isStatic: boolean): readonly Member[] =>
    Object.entries(Object.getOwnPropertyDescriptors(owner)).flatMap(([own, { value: method }]) =>
      typeof method === 'function' && own !== 'constructor'
        ? [
            {
              name: own,
              kind: 'method',
              static: isStatic,
              writable: false,
              type: { kind: 'any' },
              signatures: [signature(method)],
            } as const,
          ]
        : [],
    )
  if (typeof value === 'function') {
    const prototype: unknown = value.prototype
    const methods = typeof prototype === 'object' && prototype !== null ? methodsOf(prototype, false) : []
    const kind = methods.length > 0 || /^class\b/.test(String(value)) ? 'class' : 'function'
    return [
      {
        name,
        label: name === 'module.exports' ? value.name || 'default' : name,
        kind,
        signatures: [signature(value)],
        members: [...methods, ...methodsOf(value, true)],
        type: { kind: 'any' },
      },
    ]
  }
  if (typeof value !== 'object' || value === null || name === 'module.exports') return []
  return [
    {
      name,
      label: name,
      kind: 'object',
      signatures: [],
      members: methodsOf(value, true),
      type: { kind: 'any' },
    },
  ]
}

function targetsOf(exported: Exported, generator: Generator, random: Random): readonly Target[] {
  const made: Target[] = []
  if (exported.kind === 'function')
    made.push(functionTarget(exported.label, [exported.name], exported.signatures, generator, random))
  if (exported.kind === 'class' && exported.signatures.length > 0)
    made.push(classTarget(exported, generator, random))
  for (const member of exported.members)
    if (member.static && member.kind === 'method') {
      const name = `${exported.label}.${member.name}`
      made.push(
        functionTarget(name, [exported.name, member.name], member.signatures, generator, random, exported),
      )
    }
  return made
}

function functionTarget(
  name: string,
  path: readonly string[],
  signatures: readonly Signature[],
  generator: Generator,
  random: Random,
  class_?: Exported,
): Target {
  const first = signatures[0]
  return {
    name,
    create: () => ({
      target: name,
      chance: 0.5,
      steps: [
        {
          op: 'call',
          on: { path },
          of: generator.values(signatures.length > 0 ? random.pick(signatures) : anySignature),
        },
      ],
    }),
    extend: (steps) =>
      first === undefined ? undefined : extendResult(first, steps, generator, random, class_),
    signature: (step) => ('path' in step.on ? first : signatureOfResult(first, step, class_)),
  }
}

const anySignature: Signature = {
  parameters: [{ name: 'value', type: { kind: 'any' }, optional: false, rest: false }],
  returns: { kind: 'any' },
}

/** A function that returns a function, or an object with functions, is tested through what it returns. */
function extendResult(
  signature: Signature,
  steps: readonly Step[],
  generator: Generator,
  random: Random,
  class_: Exported | undefined,
): Step | undefined {
  const offers = offersOf(signature, class_)
  if (offers.length === 0) return undefined
  const { name, signature: called, op } = random.pick(offers)
  // A curried result's own result may be called again.
  const step = steps.length > 1 && random.chance(0.25) ? steps.length - 1 : 0
  const of: readonly Expression[] = op === 'get' ? [] : generator.values(called)
  return name === undefined ? { op, on: { step }, of } : { op, on: { step: 0 }, name, of }
}

interface Offer {
  readonly name?: string
  readonly op: 'call' | 'get'
  readonly signature: Signature
}

function offersOf(signature: Signature, class_: Exported | undefined): readonly Offer[] {
  const returns = signature.returns.kind === 'promise' ? signature.returns.of : signature.returns
  if (returns.kind === 'function') return [{ op: 'call', signature: returns.signature }]
  if (returns.kind === 'instance' && class_ !== undefined) return instanceOffers(class_)
  if (returns.kind === 'union')
    return returns.of.flatMap((one) => offersOf({ parameters: [], returns: one }, class_))
  if (returns.kind !== 'object') return []
  return returns.fields.flatMap(({ name, type }) =>
    type.kind === 'function' ? [{ name, op: 'call' as const, signature: type.signature }] : [],
  )
}

function instanceOffers(class_: Exported): readonly Offer[] {
  return class_.members
    .filter((member) => !member.static)
    .map(
      (member): Offer => ({
        name: member.name,
        op: member.kind === 'method' ? 'call' : 'get',
        signature: member.signatures[0] ?? anySignature,
      }),
    )
}

function signatureOfResult(
  signature: Signature | undefined,
  step: Step,
  class_: Exported | undefined,
): Signature | undefined {
  return signature && offersOf(signature, class_).find(({ name }) => name === step.name)?.signature
}

const mostSteps = 9

function classTarget(exported: Exported, generator: Generator, random: Random): Target {
  const members = exported.members.filter(
    (member) => !member.static && (member.kind === 'method' || member.type.kind !== 'function'),
  )
  const [constructor_] = exported.signatures

  function step(steps: readonly Step[]): Step | undefined {
    if (members.length === 0 || steps.length > mostSteps) return undefined
    const member = random.pick(members)
    const on = { step: 0 }
    if (member.kind === 'method') {
      const signature = member.signatures.length > 0 ? random.pick(member.signatures) : anySignature
      return { op: 'call', on, name: member.name, of: generator.values(signature) }
    }
    if (member.writable && random.chance(0.4))
      return { op: 'set', on, name: member.name, of: [generator.value(member.type, member.name)] }
    return { op: 'get', on, name: member.name, of: [] }
  }

  return {
    name: exported.label,
    create() {
      const steps: Step[] = [
        { op: 'new', on: { path: [exported.name] }, of: generator.values(random.pick(exported.signatures)) },
      ]
      const count = random.pick([0, 1, 1, 2, 3, 4, 6])
      for (let made = 0; made < count; made++) {
        const next = step(steps)
        if (next !== undefined) steps.push(next)
      }
      return { target: exported.label, chance: 0.5, steps }
    },
    extend: step,
    signature(one) {
      if (one.op === 'new') return constructor_
      const member = members.find(({ name }) => name === one.name)
      if (one.op === 'set' && member)
        return {
          parameters: [{ name: member.name, type: member.type, optional: false, rest: false }],
          returns: { kind: 'any' },
        }
      return member?.signatures[0]
    },
  }
}
