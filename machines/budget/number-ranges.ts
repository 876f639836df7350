// Number ranges
//
// A set of whole numbers that arrive nearly in order, stored as ranges: a set without gaps takes one range.

/** Sorted, not adjacent, both ends included. */
export type NumberRanges = readonly (readonly [from: number, to: number])[]

export function hasNumber(numbers: NumberRanges, number: number): boolean {
  return numbers.some(([from, to]) => from <= number && number <= to)
}

export function withNumber(numbers: NumberRanges, number: number): NumberRanges {
  if (hasNumber(numbers, number)) return numbers
  const before = numbers.find(([, to]) => to === number - 1)
  const after = numbers.find(([from]) => from === number + 1)
  const joined = [before?.[0] ?? number, after?.[1] ?? number] as const
  return [...numbers.filter((each) => each !== before && each !== after), joined].toSorted(
    ([a], [b]) => a - b,
  )
}
