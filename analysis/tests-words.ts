// Tests: words
//
// Compares tests in languages without a parser here, by words on their lines.

import type { Smell } from './tests-smells.ts'

const ASSERTS = /\b(self\.(assert|fail)\w*|assert\w*|expect|should|require\.\w+|t\.(Error|Fatal)f?)\b/
const TESTS = /^\s*(async )?def test|^func Test|@Test\b|#\[(tokio::)?test\]|\bTEST(_F|_P)?\(|^\s*it ['"]/
const SKIPS =
  /@(unittest\.)?(skip\w*|expectedFailure)|pytest\.(mark\.(skip|xfail)\w*|skip)\b|self\.skipTest|t\.Skip\w*\(|@(Ignore|Disabled)\b|#\[ignore|\bpending\b/
const NEVER_FAILS =
  /\bassert True\b|assertTrue\(True\)|assertFalse\(False\)|assert(Equals?)?\(\s*(\w+),\s*\2\s*\)|\bassert 1 == 1\b/
const SLEEPS = /\btime\.sleep\(|Thread\.sleep\(|time\.Sleep\(/

export function smellsOfWords(before: string | undefined, after: string | undefined): Omit<Smell, 'key'>[] {
  const was = linesOf(before)
  const now = linesOf(after)
  const count = (lines: readonly string[], pattern: RegExp) =>
    lines.filter((line) => pattern.test(line)).length
  const fewer = (pattern: RegExp) => count(now, pattern) < count(was, pattern)
  const firstNew = (pattern: RegExp) => now.findIndex((line) => pattern.test(line) && !was.includes(line))
  const smells: Omit<Smell, 'key'>[] = []
  if (fewer(TESTS))
    smells.push({ kind: 'deleted_test', line: 1, message: 'there are fewer tests than before' })
  else if (fewer(ASSERTS))
    smells.push({ kind: 'fewer_assertions', line: 1, message: 'there are fewer assertions than before' })
  const patterns = { skipped_test: SKIPS, tautology: NEVER_FAILS, sleeps: SLEEPS }
  for (const [kind, pattern] of Object.entries(patterns)) {
    const at = firstNew(pattern)
    if (at >= 0) smells.push({ kind, line: at + 1, message: (now[at] ?? '').trim() })
  }
  return smells
}

function linesOf(text: string | undefined): string[] {
  return text === undefined ? [] : text.split('\n').filter((line) => !/^\s*(#|\/\/)(?!\[)/.test(line))
}
