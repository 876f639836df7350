// Conform
//
// Owns:   making a written file pass the compiler: wrong-typed arguments are cast, one by one and only where needed.
// Leaves: the compiler's errors (analyse/check.ts), the text of a cast (emit/write-case.ts).
//
// R1. Ends after 9 rounds at most: each round adds a cast, and a test that still fails is left out.

import { type Objection, readSyntax, type TypeCheck } from './analyse/check.ts'
import { type Casts, noCasts } from './emit/casts.ts'
import type { Emitting } from './emit/emitting.ts'
import { type EmittedTest, emitTestFile } from './emit/test-file.ts'
import type { CaseFinding } from './tasks.ts'

export interface ConformingTest {
  readonly emitted: EmittedTest
  readonly findings: readonly CaseFinding[]
  /** Tests that no cast makes the compiler accept, with its messages. */
  readonly refused: ReadonlyMap<CaseFinding, string>
}

const MAX_ROUNDS = 9
const implicitAny = new Set([7006, 7019, 7031])

export function conform(
  findings: readonly CaseFinding[],
  emitting: Omit<Emitting, 'casts'>,
  testFile: string,
  check: TypeCheck,
): ConformingTest {
  const casts = new Map<CaseFinding, Casts>()
  const refused = new Map<CaseFinding, string>()
  const rest = () => findings.filter((finding) => !refused.has(finding))
  const emit = () => emitTestFile(rest(), { ...emitting, casts: (finding) => casts.get(finding) ?? noCasts })
  let emitted = emit()
  if (!emitting.style.typed) {
    for (let bad = firstBroken(testFile, emitted); bad !== undefined; bad = firstBroken(testFile, emitted)) {
      const finding = rest()[bad.number]
      if (finding === undefined) break
      refused.set(finding, bad.message)
      emitted = emit()
    }
    return { emitted, findings: rest(), refused }
  }
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const objections = check(testFile, emitted.source)
    if (objections.length === 0) break
    const current = rest()
    const castPlaces = new Set<string>()
    for (const { objection, places } of innermostFirst(objections, emitted)) {
      const finding = current[places.finding ?? -1]
      // One error often causes others: each round casts one place of a test only.
      const place = `${places.finding}:${places.argument ?? ''}`
      if (
        finding === undefined ||
        castPlaces.has(place) ||
        (places.argument === undefined && hasCast(castPlaces, places.finding))
      )
        continue
      castPlaces.add(place)
      const next =
        round === MAX_ROUNDS - 2
          ? undefined
          : nextCasts(casts.get(finding) ?? noCasts, places, objection.code)
      if (next === undefined) refused.set(finding, objection.message)
      else casts.set(finding, next)
    }
    if (castPlaces.size === 0) break
    emitted = emit()
  }
  return { emitted, findings: rest(), refused }
}

/** The first test that does not parse; errors in later tests may only follow from it. */
function firstBroken(
  testFile: string,
  emitted: EmittedTest,
): { number: number; message: string } | undefined {
  const [objection] = readSyntax(testFile, emitted.source)
  return objection && { number: placesOf(objection, emitted).finding ?? -1, message: objection.message }
}

interface ObjectionPlace {
  readonly finding?: number
  readonly argument?: string
  readonly call?: number
  readonly reading?: number
}

function hasCast(castPlaces: ReadonlySet<string>, finding: number | undefined): boolean {
  return [...castPlaces].some((place) => place.startsWith(`${finding}:`))
}

function innermostFirst(
  objections: readonly Objection[],
  emitted: EmittedTest,
): readonly { objection: Objection; places: ObjectionPlace }[] {
  const placed = objections.map((objection) => ({ objection, places: placesOf(objection, emitted) }))
  return [
    ...placed.filter(({ places }) => places.argument !== undefined),
    ...placed.filter(({ places }) => places.argument === undefined),
  ]
}

/** The innermost marked places around an objection. */
function placesOf({ position }: Objection, { ranges }: EmittedTest): ObjectionPlace {
  const places: Record<string, string> = {}
  for (const { place, start, end } of ranges) {
    if (position < start || position >= end) continue
    const [kind = '', ...rest] = place.split(':')
    places[kind] = rest.join(':')
  }
  const number = (text: string | undefined) => (text === undefined ? {} : { value: Number(text) })
  const [finding, called, reading] = [number(places.finding), number(places.call), number(places.reading)]
  return {
    ...(finding.value === undefined ? {} : { finding: finding.value }),
    ...(places.argument === undefined ? {} : { argument: places.argument }),
    ...(called.value === undefined ? {} : { call: called.value }),
    ...(reading.value === undefined ? {} : { reading: reading.value }),
  }
}

/** The next cast to try, or none when all were tried. */
function nextCasts(now: Casts, { argument, call, reading }: ObjectionPlace, code: number): Casts | undefined {
  if (argument !== undefined && !now.cast.has(argument)) {
    if (implicitAny.has(code) && !now.annotated.has(argument))
      return { ...now, annotated: new Set([...now.annotated, argument]) }
    return { ...now, cast: new Set([...now.cast, argument]) }
  }
  if (call !== undefined && !now.calls.has(call)) return { ...now, calls: new Set([...now.calls, call]) }
  if (reading !== undefined && !now.readings.has(reading))
    return { ...now, readings: new Set([...now.readings, reading]) }
  return undefined
}
