// Test pattern
//
// The place and the names of new test files: like existing tests, where the runner finds them.
//
// P1. A pattern is not guessed from the configuration: the runner itself is asked about a file of that name.

import { isTestFile } from './modules.ts'

/** Likeliest first. `{name}` is the module's name. */
export function candidatePatterns(tracked: readonly string[], modules: readonly string[]): string[] {
  const tests = tracked.filter((path) => isTestFile(path) && !path.includes('node_modules/'))
  const endings = byFrequency(tests.map(endingOf)).filter((ending) => ending !== undefined)
  const folders = byFrequency(tests.map(topFolderOf))
  const typescript = modules.some((path) => /\.[cm]?ts$/.test(path))
  const usual = typescript
    ? ['.test.ts', '.spec.ts', '.test.js']
    : ['.test.js', '.spec.js', '.test.mjs', '.test.cjs']
  const places = unique([...folders, 'test/', 'tests/', '__tests__/', 'src/__tests__/', 'src/', ''])
  return unique(
    [...endings, ...usual].flatMap((ending) => places.map((place) => `${place}{name}.canopy${ending}`)),
  ).slice(0, 60)
}

/** `.test.ts` of `a/b.test.ts`; undefined for a file that is a test only by its folder. */
function endingOf(path: string): string | undefined {
  return /[._-](test|spec)\.[cm]?[jt]s$/.exec(path)?.[0]
}

/** The top folder of tests; for a test beside its module, the module's folder. */
function topFolderOf(path: string): string {
  const kept = /^(.*?(?:^|\/)(?:tests?|specs?|__tests__)\/)/.exec(path)?.[1]
  if (kept !== undefined) return kept
  return path.includes('/') ? `${path.split('/')[0]}/` : ''
}

function byFrequency<T>(values: readonly T[]): T[] {
  const counts = new Map<T, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1]).map(([value]) => value)
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)]
}
