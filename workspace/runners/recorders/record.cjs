// Record
//
// Writes a line of the report, and shuffles tests where a seed is given. Runs inside the sandbox.

const { appendFileSync } = require('node:fs')

const place = process.env.CANOPY_REPORT
const seed = Number(process.env.CANOPY_SEED ?? 0)

if (place) appendFileSync(place, '')

exports.record = (line) => {
  if (place) appendFileSync(place, `${JSON.stringify(line)}\n`)
}

const MAX_MESSAGE_CHARACTERS = 4000

/** What an error says: its stack, behind the values that it compared. */
exports.wordsOf = (error) => {
  const isCompared = typeof error === 'object' && error !== null && 'actual' in error
  // uvu calls it `expects`.
  const expected = isCompared && (error.expected ?? error.expects)
  const compared = isCompared ? `expected ${show(expected)}, got ${show(error.actual)}\n` : ''
  return `${compared}${error?.stack ?? error?.message ?? error}`.slice(0, MAX_MESSAGE_CHARACTERS)
}

function show(value) {
  try {
    return String(JSON.stringify(value)).slice(0, 500)
  } catch {
    return String(value)
  }
}

exports.show = show

let state = seed

/** mulberry32: the same seed gives the same order. */
function random() {
  state = (state + 0x6d2b79f5) | 0
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
}

/** In place; nothing without a seed. */
exports.shuffle = (tests) => {
  if (!seed) return
  for (let last = tests.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1))
    ;[tests[last], tests[other]] = [tests[other], tests[last]]
  }
}
