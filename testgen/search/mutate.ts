// Mutate
//
// Owns:   changing a case a little: an argument, two texts, a step.
// Leaves: new cases (targets.ts), changes suggested by observed operands (feedback.ts), one input (mutate-value.ts).

import type { Descriptor, ModuleDescription, Parameter } from '../descriptors.ts'
import { type Case, type CaseStep, constant, type Expression } from '../expression.ts'
import type { Random } from '../random.ts'
import { mapConstants } from './constants.ts'
import type { Generator } from './generator.ts'
import { createMutateValue } from './mutate-value.ts'
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
  const { literals } = analysis
  const mutateValue = createMutateValue(analysis, generator, random)
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

  /** Makes two arguments equal, for code that compares them. */
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
