// Mutate
//
// Owns:   changing a case a little: a character, a field, an argument, a step.
// Leaves: new cases (targets.ts), changes suggested by observed operands (feedback.ts).

import type { Descriptor, ModuleDescription, Parameter } from '../descriptors.ts'
import { type Case, type CaseStep, constant, type Expression } from '../expression.ts'
import type { Random } from '../random.ts'
import { mapConstants } from './constants.ts'
import type { Generator } from './generate.ts'
import { someNumber, someText } from './strings.ts'
import type { SearchTarget } from './targets.ts'

export interface Mutator {
  mutate(test: Case, target: SearchTarget, others: readonly Case[]): Case
}

const chances = [0, 0.1, 0.9, 0.99]
/** Night and evening, a weekend, the end of a month and of a year, a leap day, summer. */
const moments = [
  Date.UTC(2024, 0, 15, 3),
  Date.UTC(2024, 0, 13, 20),
  Date.UTC(2024, 11, 31, 23, 59, 59),
  Date.UTC(2024, 1, 29, 9),
  Date.UTC(2023, 5, 30, 17, 30),
]

export function createMutator(analysis: ModuleDescription, generator: Generator, random: Random): Mutator {
  const { literals, named } = analysis
  const separators = literals.strings.filter((text) => text.length <= 2)

  function mutate(test: Case, target: SearchTarget, others: readonly Case[]): Case {
    let changed = test
    const rounds = random.pick([1, 1, 1, 2, 3])
    for (let round = 0; round < rounds; round++) changed = mutateOnce(changed, target, others)
    return changed
  }

  function mutateOnce(test: Case, target: SearchTarget, others: readonly Case[]): Case {
    const draw = random.next()
    if (draw < 0.02) return { ...test, chance: random.pick(chances) }
    if (draw < 0.04) return { ...test, moment: random.pick(moments) }
    if (draw < 0.3) {
      const steps = mutateSteps(test.steps, target)
      if (steps !== undefined) return { ...test, steps }
    }
    if (draw < 0.36 && others.length > 0) return splice(test, random.pick(others))
    if (draw < 0.46 && others.length > 0) return crossTexts(test, random.pick(others))
    if (draw < 0.5) return mirror(test)
    return { ...test, steps: mutateArgument(test.steps, target) }
  }

  /** More, fewer or other steps after the first. */
  function mutateSteps(steps: readonly CaseStep[], target: SearchTarget): readonly CaseStep[] | undefined {
    const draw = random.next()
    if (draw < 0.25 && steps.length > 2) {
      const at = 1 + random.below(steps.length - 1)
      return steps.some((step) => refersTo(step, at)) ? undefined : drop(steps, at)
    }
    if (draw < 0.4 && steps.length > 1) {
      const again = steps[1 + random.below(steps.length - 1)]
      return again === undefined || steps.length > 9 ? undefined : [...steps, again]
    }
    const next = target.extend(steps)
    return next === undefined || steps.length > 9 ? undefined : [...steps, next]
  }

  /** An argument of another case of the same target. */
  function splice(test: Case, other: Case): Case {
    const at = random.below(test.steps.length)
    const step = test.steps[at]
    const donors = other.steps.filter(
      (one) => one.op === step?.op && one.name === step.name && one.of.length > 0,
    )
    if (step === undefined || donors.length === 0) return test
    const donor = random.pick(donors)
    const index = random.below(donor.of.length)
    const of = step.of.map((value, place) => (place === index ? (donor.of[index] ?? value) : value))
    return { ...test, steps: test.steps.map((one, place) => (place === at ? { ...one, of } : one)) }
  }

  /** Two arguments alike: what comparing code waits for. */
  function mirror(test: Case): Case {
    const places = test.steps.flatMap((step, index) => (step.of.length > 1 ? [index] : []))
    if (places.length === 0) return test
    const place = random.pick(places)
    return {
      ...test,
      steps: test.steps.map((step, index) => {
        if (index !== place) return step
        const [from, to] = [random.below(step.of.length), random.below(step.of.length)]
        return { ...step, of: step.of.map((value, at) => (at === to ? (step.of[from] ?? value) : value)) }
      }),
    }
  }

  /** The beginning of a text with the end of another's: how sentences of a little language grow. */
  function crossTexts(test: Case, other: Case): Case {
    const theirs = textsOf(other)
    if (theirs.length === 0) return test
    const their = random.pick(theirs)
    return changeOneText(test, (own) => {
      const [cut, theirCut] = [random.below(own.length + 1), random.below(their.length + 1)]
      const shape = random.below(3)
      if (shape === 0) return own.slice(0, cut) + their + own.slice(cut)
      return shape === 1
        ? own.slice(0, cut) + their.slice(theirCut)
        : own + random.pick(['', ' ', ...separators]) + their
    })
  }

  function changeOneText(test: Case, change: (text: string) => string): Case {
    const count = textsOf(test).length
    if (count === 0) return test
    const chosen = random.below(count)
    let number = 0
    return mapConstants(test, (value) =>
      typeof value === 'string' && number++ === chosen ? change(value).slice(0, 200) : value,
    )
  }

  function mutateArgument(steps: readonly CaseStep[], target: SearchTarget): readonly CaseStep[] {
    const places = steps.flatMap((step, index) => (step.op === 'get' || step.op === 'wait' ? [] : [index]))
    const at = random.pick(places)
    const step = steps[at]
    if (step === undefined) return steps
    const signature = target.signature(step)
    const parameters = signature?.parameters ?? []
    const changed = { ...step, of: mutateList(step.of, parameters) }
    return steps.map((one, index) => (index === at ? changed : one))
  }

  function mutateList(
    values: readonly Expression[],
    parameters: readonly Parameter[],
  ): readonly Expression[] {
    const next = parameters[Math.min(values.length, parameters.length - 1)]
    const mayGrow = next !== undefined && (values.length < parameters.length || next.rest)
    if (mayGrow && (values.length === 0 || random.chance(0.25)))
      return [...values, generator.value(itemType(next), next.name)]
    if (values.length === 0) return values
    if (random.chance(0.06)) return values.slice(0, -1)
    const at = random.below(values.length)
    if (random.chance(0.03))
      return values.map((value, index) => (index === at ? constant(random.pick([null, undefined])) : value))
    const parameter = parameters[Math.min(at, parameters.length - 1)]
    const type: Descriptor = parameter === undefined ? { kind: 'any' } : itemType(parameter)
    return values.map((value, index) =>
      index === at ? mutateValue(value, type, parameter?.name ?? 'value', 0) : value,
    )
  }

  function itemType({ type, rest }: Parameter): Descriptor {
    return rest && type.kind === 'array' ? type.of : type
  }

  /** Goes down to a part, or replaces the whole. */
  function mutateValue(value: Expression, type: Descriptor, name: string, depth: number): Expression {
    const draw = random.next()
    if (draw < 0.15) return generator.value(type, name, depth)
    if (draw < 0.18) return generator.anything(name, depth)
    const known = resolve(type, value)
    switch (value.kind) {
      case 'constant':
        return mutateConstant(value, known, name)
      case 'array':
      case 'set':
        return { ...value, items: mutateItems(value.items, known, name, depth) }
      case 'object':
        return mutateObject(value, known, depth)
      case 'create':
      case 'call':
      case 'builtin':
        return value.of.length === 0
          ? generator.value(type, name, depth)
          : { ...value, of: mutateItems(value.of, { kind: 'any' }, name, depth, true) }
      case 'date':
        return {
          kind: 'date',
          time: value.time + random.pick([1, -1, 30, 365]) * random.pick([1, 1000, 3_600_000, 86_400_000]),
        }
      default:
        return generator.value(type, name, depth)
    }
  }

  /** The member of a union that a value was made for. */
  function resolve(type: Descriptor, value: Expression): Descriptor {
    if (type.kind === 'named') return resolve(named[type.name] ?? { kind: 'any' }, value)
    if (type.kind !== 'union') return type
    const fitting = type.of.filter((one) => fits(one, value))
    return fitting.length > 0 ? random.pick(fitting) : type
  }

  function mutateConstant(
    value: Extract<Expression, { kind: 'constant' }>,
    type: Descriptor,
    name: string,
  ): Expression {
    const isFree = type.kind === 'any' || type.kind === 'primitive' || type.kind === 'pattern'
    if (typeof value.value === 'string' && isFree) return constant(mutateText(value.value, name))
    if (typeof value.value === 'number' && isFree) return constant(mutateNumber(value.value, name))
    if (typeof value.value === 'boolean') return constant(!value.value)
    return generator.value(type, name)
  }

  function mutateText(text: string, name: string): string {
    const at = random.below(text.length + 1)
    const length = Math.min(text.length - at, 1 + random.below(3))
    const [before, after] = [text.slice(0, at), text.slice(at)]
    switch (random.below(10)) {
      case 0:
        return before + after.slice(length)
      case 1:
        return before + someText(name, literals, random) + after
      case 2:
        return text + someText(name, literals, random)
      case 3:
        return someText(name, literals, random) + text
      case 4:
        return before + after.slice(0, length) + after
      case 5:
        return (
          before +
          random.pick([...' -_.,:;/\\\'"()[]{}<>=+*&|!?#%@\n\t0123456789aZ']) +
          after.slice(random.below(2))
        )
      case 6:
        return random.chance(0.5) ? text.toUpperCase() : text.toLowerCase()
      case 7:
        return before
      case 8:
        return `${text}${random.pick([' ', ',', '\n', '.', '-', '/'])}${text}`.slice(0, 200)
      default:
        return replaceNumber(text)
    }
  }

  function replaceNumber(text: string): string {
    const found = [...text.matchAll(/\d+/g)]
    if (found.length === 0) return text + random.below(10)
    const one = random.pick(found)
    return (
      text.slice(0, one.index) +
      Math.abs(Math.trunc(mutateNumber(Number(one[0]), ''))) +
      text.slice(one.index + one[0].length)
    )
  }

  function mutateNumber(value: number, name: string): number {
    switch (random.below(7)) {
      case 0:
        return value + 1
      case 1:
        return value - 1
      case 2:
        return -value
      case 3:
        return value * random.pick([2, 10, 100])
      case 4:
        return Math.trunc(value / random.pick([2, 10])) || 0
      default:
        return someNumber(literals, random, name)
    }
  }

  function mutateItems(
    items: readonly Expression[],
    type: Descriptor,
    name: string,
    depth: number,
    fixed = false,
  ): readonly Expression[] {
    const of: Descriptor =
      type.kind === 'array' || type.kind === 'set' || type.kind === 'iterable' ? type.of : { kind: 'any' }
    const draw = fixed || type.kind === 'tuple' ? 1 : random.next()
    if (items.length === 0 || draw < 0.2)
      return fixed ? items : insert(items, generator.value(of, name, depth + 1))
    const at = random.below(items.length)
    if (draw < 0.3) return items.filter((_, index) => index !== at)
    if (draw < 0.4) return insert(items, items[at] as Expression)
    if (draw < 0.45) return [...items].reverse()
    const itemOf: Descriptor = type.kind === 'tuple' ? (type.of[at] ?? type.rest ?? { kind: 'any' }) : of
    return items.map((item, index) => (index === at ? mutateValue(item, itemOf, name, depth + 1) : item))
  }

  function insert(items: readonly Expression[], item: Expression): readonly Expression[] {
    const at = random.below(items.length + 1)
    return items.length >= 12 ? items : [...items.slice(0, at), item, ...items.slice(at)]
  }

  function mutateObject(
    value: Extract<Expression, { kind: 'object' }>,
    type: Descriptor,
    depth: number,
  ): Expression {
    const known = type.kind === 'object' ? type : undefined
    const missing = known?.fields.filter(({ name }) => !value.fields.some(([own]) => own === name)) ?? []
    const draw = random.next()
    if (missing.length > 0 && draw < 0.3) {
      const field = random.pick(missing)
      return {
        ...value,
        fields: [...value.fields, [field.name, generator.value(field.type, field.name, depth + 1)]],
      }
    }
    if ((known?.values !== undefined || known === undefined) && draw < 0.25)
      return withKey(value, known?.values ?? { kind: 'any' }, depth)
    if (value.fields.length === 0) return value
    const at = random.below(value.fields.length)
    const [key = ''] = value.fields[at] ?? []
    const field = known?.fields.find(({ name }) => name === key)
    if (draw > 0.93 || (draw > 0.85 && field?.optional !== false))
      return { ...value, fields: value.fields.filter((_, index) => index !== at) }
    const of = field?.type ?? known?.values ?? { kind: 'any' as const }
    return {
      ...value,
      fields: value.fields.map(([name, item], index) => [
        name,
        index === at ? mutateValue(item, of, name, depth + 1) : item,
      ]),
    }
  }

  function withKey(
    value: Extract<Expression, { kind: 'object' }>,
    of: Descriptor,
    depth: number,
  ): Expression {
    const key =
      random.chance(0.6) && literals.keys.length > 0
        ? random.pick(literals.keys)
        : someText('key', literals, random)
    const fields = value.fields.filter(([own]) => own !== key)
    return { ...value, fields: [...fields, [key, generator.value(of, key, depth + 1)]] }
  }

  return { mutate }
}

function textsOf(test: Case): readonly string[] {
  const texts: string[] = []
  mapConstants(test, (value) => {
    if (typeof value === 'string') texts.push(value)
    return value
  })
  return texts
}

function refersTo(step: CaseStep, index: number): boolean {
  return 'step' in step.on && step.on.step === index
}

/** Later steps that refer to an earlier one keep meaning the same. */
function drop(steps: readonly CaseStep[], at: number): readonly CaseStep[] {
  return steps
    .filter((_, index) => index !== at)
    .map((step) =>
      'step' in step.on && step.on.step > at ? { ...step, on: { step: step.on.step - 1 } } : step,
    )
}

function fits(type: Descriptor, value: Expression): boolean {
  if (type.kind === 'primitive')
    return value.kind === 'constant' && (value.value === null ? 'null' : typeof value.value) === type.of
  if (type.kind === 'literal') return value.kind === 'constant' && value.value === type.value
  if (type.kind === 'tuple' || type.kind === 'iterable') return value.kind === 'array'
  return type.kind === value.kind
}
