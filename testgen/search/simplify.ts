// Simplify
//
// Owns:   making a case smaller while it keeps its observation.
// Leaves: judging whether it does (search.ts).
//
// R1. Ends always: each accepted change makes the case lighter, and there are only so many attempts.

import { type Case, type CaseStep, constant, type Expression } from '../expression.ts'

const MAX_ATTEMPTS = 80

/** `repaired` is the case as its types would have it. `stillGood` runs a case; the result is the lightest one, as `weigh` has it, that it agreed to. */
export async function simplify(
  test: Case,
  repaired: Case,
  weigh: (candidate: Case) => number,
  stillGood: (candidate: Case) => Promise<boolean>,
): Promise<Case> {
  let best = weigh(repaired) < weigh(test) && (await stillGood(repaired)) ? repaired : test
  let attempts = 0
  for (let progress = true; progress; ) {
    progress = false
    for (const candidate of simpler(best)) {
      if (attempts >= MAX_ATTEMPTS) return best
      if (weigh(candidate) >= weigh(best)) continue
      attempts += 1
      if (!(await stillGood(candidate))) continue
      best = candidate
      progress = true
      break
    }
  }
  return best
}

function* simpler(test: Case): Generator<Case> {
  if (test.chance !== 0.5) yield { ...test, chance: 0.5 }
  if (test.moment !== undefined) yield withoutMoment(test)
  for (let at = test.steps.length - 1; at > 0; at--) {
    if (test.steps.some((step) => 'step' in step.on && step.on.step === at)) continue
    yield { ...test, steps: withoutStep(test.steps, at) }
  }
  for (const [index, step] of test.steps.entries())
    for (const of of simplerList(step.of))
      yield { ...test, steps: test.steps.map((one, place) => (place === index ? { ...one, of } : one)) }
}

function withoutMoment({ moment: _moment, ...rest }: Case): Case {
  return rest
}

function withoutStep(steps: readonly CaseStep[], at: number): readonly CaseStep[] {
  return steps
    .filter((_, index) => index !== at)
    .map((step) =>
      'step' in step.on && step.on.step > at ? { ...step, on: { step: step.on.step - 1 } } : step,
    )
}

/** Arguments may only be dropped from the end. */
function* simplerList(values: readonly Expression[]): Generator<readonly Expression[]> {
  if (values.length > 0) yield values.slice(0, -1)
  for (const [index, value] of values.entries())
    for (const candidate of simplerValue(value))
      yield values.map((one, place) => (place === index ? candidate : one))
}

function* simplerItems(items: readonly Expression[]): Generator<readonly Expression[]> {
  if (items.length > 2) yield items.slice(0, items.length >> 1)
  for (let at = 0; at < items.length; at++) yield items.filter((_, index) => index !== at)
  for (const [index, item] of items.entries())
    for (const candidate of simplerValue(item))
      yield items.map((one, place) => (place === index ? candidate : one))
}

function* simplerValue(value: Expression): Generator<Expression> {
  switch (value.kind) {
    case 'constant':
      yield* simplerConstants(value.value)
      return
    case 'array':
    case 'set':
      for (const items of simplerItems(value.items)) yield { ...value, items }
      return
    case 'object':
      yield* simplerObjects(value)
      return
    case 'map':
      for (let at = 0; at < value.entries.length; at++)
        yield { ...value, entries: value.entries.filter((_, index) => index !== at) }
      return
    case 'create':
    case 'call':
    case 'builtin':
      for (const [index, item] of value.of.entries())
        for (const candidate of simplerValue(item))
          yield { ...value, of: value.of.map((one, place) => (place === index ? candidate : one)) }
      return
    case 'function':
      yield* simplerFunctions(value)
      return
    case 'promise':
      for (const of of simplerValue(value.of)) yield { ...value, of }
  }
}

function* simplerObjects(value: Extract<Expression, { kind: 'object' }>): Generator<Expression> {
  for (const [key] of value.fields) yield { ...value, fields: value.fields.filter(([own]) => own !== key) }
  for (const [key, item] of value.fields)
    for (const candidate of simplerValue(item))
      yield { ...value, fields: value.fields.map(([own, one]) => [own, own === key ? candidate : one]) }
}

function* simplerFunctions(value: Extract<Expression, { kind: 'function' }>): Generator<Expression> {
  const { does } = value
  if (does.kind === 'invokes')
    for (let at = 0; at < does.of.length; at++)
      yield { kind: 'function', does: { ...does, of: does.of.slice(0, at) } }
  if (does.kind !== 'returns') return
  for (const candidate of simplerValue(does.value))
    yield { kind: 'function', does: { ...does, value: candidate } }
}

function* simplerConstants(value: unknown): Generator<Expression> {
  if (typeof value === 'string') for (const text of simplerTexts(value)) yield constant(text)
  if (typeof value === 'number' && value !== 0) {
    for (const number of [0, 1, 2, 5, 10, Math.trunc(value), Math.abs(value)])
      if (!Object.is(number, value)) yield constant(number)
  }
}

function* simplerTexts(text: string): Generator<string> {
  if (text === '') return
  for (const short of ['', 'a', '1', 'foo']) if (short.length < text.length) yield short
  const plain = text.replace(/[^ -~]/g, '')
  if (plain !== text) yield plain
  const half = text.length >> 1
  if (half > 0) yield text.slice(0, half)
  if (half > 0) yield text.slice(half)
  if (text.length > 40) return
  for (let at = 0; at < text.length; at++) yield text.slice(0, at) + text.slice(at + 1)
}
