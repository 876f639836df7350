// Modules
//
// Which tracked files are source modules that tests can be written for, and which are tests already.

import { pathSchema } from '../../machines/index.ts'

const SOURCE = /\.(ts|mts|cts|js|mjs|cjs)$/
const DECLARATION = /\.d\.[cm]?ts$/
const TEST =
  /(^|\/)(__tests__|__mocks__|tests?|specs?|e2e|cypress|playwright)\/|[._-](test|spec|e2e|cy)\.[cm]?[jt]sx?$|(^|\/)test\.[cm]?[jt]sx?$/
const NO_SOURCE_FOLDER =
  /(^|\/)(node_modules|dist|build|out|coverage|vendor|examples?|demos?|bench|benchmarks?|scripts?|docs?|website|fixtures?|__fixtures__|templates?|types|typings|tools?|tasks|public|static|assets|umd|esm|cjs|\.[^/]+)\//
const NO_SOURCE_FILE =
  /(^|\/)(\.[^/]+|[^/]*\.(config|conf|setup|stories|story|bench|benchmark|min|generated)\.[^/]+|(gulpfile|gruntfile|karma|rollup|webpack|jest|vitest|vite|build|setup|benchmark|bench|example|eslint|prettier)[^/]*\.[cm]?[jt]s)$/i

export function isTest(path: string): boolean {
  return TEST.test(path) && /\.[cm]?[jt]sx?$/.test(path)
}

/** A test by its own name, not only by its folder: helpers beside tests are no tests. */
export function isTestFile(path: string): boolean {
  return isTest(path) && !/(^|\/)(__mocks__|fixtures?|helpers?)\//.test(path)
}

/**
 * Sources of each package: below its `src/` if there are any; else those in `lib/`; else those elsewhere in it. `folders`:
 * those of the repository's packages, without its top folder.
 */
export function sourceModules(tracked: readonly string[], folders: readonly string[] = []): string[] {
  const byPackage = new Map<string, string[]>()
  for (const path of tracked.filter(isSource)) {
    const above = folders.filter((folder) => path.startsWith(`${folder}/`))
    const folder = above.reduce((one, other) => (other.length > one.length ? other : one), '')
    byPackage.set(folder, [...(byPackage.get(folder) ?? []), path])
  }
  const all = [...byPackage].flatMap(([folder, paths]) =>
    sourcesOfPackage(paths, folder === '' ? '' : `${folder}/`),
  )
  return withoutTwins(all).sort()
}

function sourcesOfPackage(candidates: readonly string[], root: string): readonly string[] {
  const below = (folder: string) => candidates.filter((path) => path.startsWith(`${root}${folder}`))
  const roots = ['src/', 'source/', 'lib/'].map(below).find((paths) => paths.length > 0)
  return roots ?? candidates.filter((path) => !path.startsWith(`${root}bin/`))
}

/** Other paths cannot be used (machines/plain-path.ts). */
const isPlain = (path: string) => pathSchema.safeParse(path).success

const OTHER_SOURCE = /\.(py|go|rb|rs|java|kt|cs|php|exs?)$/
const OTHER_TEST =
  /(^|\/)(tests?|specs?)\/|(^|\/)(test_[^/]+|tests?|conftest|setup|noxfile|tasks)\.py$|_(tests?|spec)\.\w+$|(Test|Tests|Spec)\.\w+$/
/** Folders at the top that hold no part of the program. */
const BESIDE_SOURCES = /^(docs?|examples?|bench(marks?)?|scripts|tools|\.[^/]+)\//

/** Sources in any language, for a repository's own command. */
export function modulesOfCommand(tracked: readonly string[]): string[] {
  const others = tracked.filter((path) => isOtherSource(path))
  return [...sourceModules(tracked), ...others.filter(isPlain)].sort()
}

const isOtherSource = (path: string) =>
  OTHER_SOURCE.test(path) && !OTHER_TEST.test(path) && !BESIDE_SOURCES.test(path)

/** New files that are measured like those of the survey. */
export function modulesAmong(paths: readonly string[], { runner }: { runner: string }): string[] {
  return runner === 'command' ? modulesOfCommand(paths) : withoutTwins(paths.filter(isSource))
}

function isSource(path: string): boolean {
  if (!SOURCE.test(path) || DECLARATION.test(path) || isTest(path) || !isPlain(path)) return false
  return !NO_SOURCE_FOLDER.test(path) && !NO_SOURCE_FILE.test(path)
}

/** Where a TypeScript file and its compiled form are side by side, the source counts. */
function withoutTwins(paths: readonly string[]): string[] {
  const all = new Set(paths)
  return paths.filter((path) => !(/\.[cm]?js$/.test(path) && all.has(path.replace(/js$/, 'ts'))))
}
