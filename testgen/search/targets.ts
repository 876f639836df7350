// Targets
//
// Owns:   the functions and classes of a module, and a first case for each: a call, or a new object and method calls.
// Leaves: arguments (generate.ts), later changes (mutate.ts).

import type { ExportDescriptor, ModuleDescription, Signature } from '../descriptors.ts'
import type { Case, CaseStep } from '../expression.ts'
import type { Random } from '../random.ts'
import type { Generator } from './generator.ts'
import { guessExport } from './guess.ts'
import { anySignature, type Classes, type Offer, offersOf } from './offers.ts'

export interface SearchTarget {
  /** The title of the group of its tests. */
  readonly name: string
  /** A fresh case by chance. */
  create(): Case
  /** One more step on a case of this target, if there is one. */
  extend(steps: readonly CaseStep[]): CaseStep | undefined
  /** The shape of a step's arguments. */
  signature(step: CaseStep): Signature | undefined
}

const MAX_STEPS = 9

/** `exports` are those really there at run time. */
export function findTargets(
  analysis: ModuleDescription,
  exports: Readonly<Record<string, unknown>>,
  generator: Generator,
  random: Random,
): readonly SearchTarget[] {
  const described = analysis.exports.filter(({ name }) => name in exports)
  const known = new Set(described.map(({ name }) => name))
  const others = Object.keys(exports).filter(
    (name) => !known.has(name) && name !== '__esModule' && !isAnother(exports, name, known),
  )
  const all = [...described, ...others.flatMap((name) => guessExport(name, exports[name]))]
  const classes = new Map(all.filter(({ kind }) => kind === 'class').map((one) => [one.name, one]))
  const finder = new TargetFinder(generator, random, classes)
  return all.flatMap((exported) => finder.targetsOf(exported))
}

/** `module.exports.default = module.exports` is one thing, not two. */
function isAnother(
  exports: Readonly<Record<string, unknown>>,
  name: string,
  known: ReadonlySet<string>,
): boolean {
  return [...known].some((other) => exports[other] === exports[name])
}

class TargetFinder {
  readonly #generator: Generator
  readonly #random: Random
  readonly #classes: Classes

  constructor(generator: Generator, random: Random, classes: Classes) {
    this.#generator = generator
    this.#random = random
    this.#classes = classes
  }

  targetsOf(exported: ExportDescriptor): readonly SearchTarget[] {
    const { kind, name, label, signatures, members } = exported
    const statics = members.filter((member) => member.static && member.kind === 'method')
    const own =
      kind === 'function'
        ? [this.#function(label, [name], signatures)]
        : kind === 'class' && signatures.length > 0
          ? [this.#class(exported)]
          : []
    return [
      ...own,
      ...statics.map(({ within = [], name: own, signatures: called }) =>
        this.#function([label, ...within, own].join('.'), [name, ...within, own], called),
      ),
    ]
  }

  #function(name: string, path: readonly string[], signatures: readonly Signature[]): SearchTarget {
    const first = signatures[0] ?? anySignature
    const offers = offersOf(first.returns, this.#classes)
    return {
      name,
      create: () => ({
        target: name,
        chance: 0.5,
        steps: [
          {
            op: 'call',
            on: { path },
            of: this.#generator.values(signatures.length > 0 ? this.#random.pick(signatures) : first),
          },
        ],
      }),
      extend: (steps) =>
        offers.length === 0 || steps.length > MAX_STEPS
          ? undefined
          : this.#next(this.#random.pick(offers), steps),
      signature: (step) =>
        'path' in step.on
          ? fitting(signatures, step)
          : offers.find((offer) => offer.name === step.name)?.signature,
    }
  }

  /** A curried result's own result may be called again. */
  #next({ name, op, signature }: Offer, steps: readonly CaseStep[]): CaseStep {
    const of = op === 'get' ? [] : this.#generator.values(signature)
    if (name !== undefined) return { op, on: { step: 0 }, name, of }
    const isCurried = steps.length > 1 && signature.returns.kind === 'function'
    return { op, on: { step: isCurried && this.#random.chance(0.5) ? steps.length - 1 : 0 }, of }
  }

  #class(exported: ExportDescriptor): SearchTarget {
    const members = exported.members.filter(
      (member) => !member.static && (member.kind === 'method' || member.type.kind !== 'function'),
    )
    const random = this.#random
    const step = (steps: readonly CaseStep[]): CaseStep | undefined => {
      if (members.length === 0 || steps.length > MAX_STEPS) return undefined
      const { name, kind, writable, type, signatures } = random.pick(members)
      const on = { step: 0 }
      if (kind === 'method')
        return {
          op: 'call',
          on,
          name,
          of: this.#generator.values(signatures.length > 0 ? random.pick(signatures) : anySignature),
        }
      if (writable && random.chance(0.4))
        return { op: 'set', on, name, of: [this.#generator.value(type, name)] }
      return { op: 'get', on, name, of: [] }
    }
    return {
      name: exported.label,
      create: () => this.#createObject(exported, step),
      extend: step,
      signature(one) {
        if (one.op === 'new') return fitting(exported.signatures, one)
        const member = members.find(({ name }) => name === one.name)
        if (member === undefined || one.op !== 'set') return member && fitting(member.signatures, one)
        return {
          parameters: [{ name: member.name, type: member.type, optional: false, rest: false }],
          returns: { kind: 'any' },
        }
      },
    }
  }

  #createObject(
    { name, label, signatures }: ExportDescriptor,
    next: (steps: readonly CaseStep[]) => CaseStep | undefined,
  ): Case {
    const steps: CaseStep[] = [
      { op: 'new', on: { path: [name] }, of: this.#generator.values(this.#random.pick(signatures)) },
    ]
    const count = this.#random.pick([0, 1, 1, 2, 3, 4, 6])
    for (let made = 0; made < count; made++) {
      const step = next(steps)
      if (step !== undefined) steps.push(step)
    }
    return { target: label, chance: 0.5, steps }
  }
}

/** Of overloads the one with as many parameters as there are arguments. */
function fitting(signatures: readonly Signature[], { of }: CaseStep): Signature | undefined {
  return signatures.find(({ parameters }) => parameters.length === of.length) ?? signatures[0]
}
