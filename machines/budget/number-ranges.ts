// Number ranges
//
// Owns:   a set of whole numbers that come nearly in order, as ranges: what is complete takes one of them.

/** Sorted, apart from one another, both ends included. */
export type Numbers = readonly (readonly [from: number, to: number])[]

export function hasNumber(numbers: Numbers, number: number): boolean {
  return numbers.some(([from, to]) => from <= number && number <= to)
}

export function withNumber(numbers: Numbers, number: number): Numbers {
  if (hasNumber(numbers, number)) return numbers
  const before = numbers.find(([, to]) => to === number - 1)
  const after = numbers.find(([from]) => from === number + 1)
  const joined = [before?.[0] ?? number, after?.[1] ?? number] as const
  return [...numbers.filter((each) => each !== before && each !== after), joined].toSorted(
    ([a], [b]) => a - b,
  )
}
