// Test plan
//
// Which commands of `npm test` run tests and with which runner, which prepare them, and which only check the code.
// Leaves: the commands (script-parts.ts), each runner's options (its own file).

import type { Survey } from '../../machines/index.ts'
import { delegationOf } from './delegated.ts'
import { partsOf, programOf, type ScriptPart, type Scripts } from './script-parts.ts'
import type { ShellWord } from './shell-words.ts'

export type KnownRunner = Exclude<Survey['runner'], 'command' | 'script'>

export interface TestPart extends Omit<ScriptPart, 'words'> {
  readonly runner: KnownRunner | 'script'
  /** The arguments of a known runner; the whole command for `script`. */
  readonly words: readonly ShellWord[]
  /** Options of Node itself, such as `--import tsx`. */
  readonly node: readonly ShellWord[]
}

export interface TestPlan {
  /** Shell lines that run before the tests, such as a build. */
  readonly setup: readonly string[]
  /** None: `npm test` runs no test. */
  readonly tests: readonly TestPart[]
  /** Shell lines that check the code without running it: linters, formatters, type checks. */
  readonly checks: readonly string[]
}

/** `name`: the script that runs the tests. */
export function testPlan({ scripts = {} }: { readonly scripts?: Scripts }, name = 'test'): TestPlan {
  const parts = partsOf(scripts, name).filter((part) => !isPlaceholder(part))
  const roles = parts.map((part) => testPartOf(part) ?? (isCheck(part) ? 'check' : 'other'))
  const known = roles.filter((role) => typeof role !== 'string')
  const checks = parts.filter((_, at) => roles[at] === 'check').map(({ line }) => line)
  if (known.length > 0) {
    const last = roles.findLastIndex((role) => typeof role !== 'string')
    const setup = parts.filter((part, at) => at < last && roles[at] === 'other' && !isHook(part))
    return { setup: setup.map(({ line }) => line), tests: known, checks }
  }
  const others = parts.filter((_, at) => roles[at] === 'other')
  const main = others.filter(
    ({ script }) => !/^(pre|post)/.test(script) || scripts[script.replace(/^(pre|post)/, '')] === undefined,
  )
  const own = main.at(-1)
  if (own === undefined) return { setup: [], tests: [], checks }
  const setup = others.slice(0, others.indexOf(own)).filter((part) => !isHook(part))
  return { setup: setup.map(({ line }) => line), tests: [asScript(own)], checks }
}

/**
 * Lines of scripts that may make files which tests need, in the order of trial: what an installation runs, then a
 * build. Hooks of git and checks are left out.
 */
export function setupsOf({ scripts = {} }: { readonly scripts?: Scripts }): string[][] {
  const linesOf = (name: string) =>
    partsOf(scripts, name)
      .filter((part) => !isHook(part) && !isCheck(part) && !isPlaceholder(part))
      .map(({ line }) => line)
  const installed = ['preinstall', 'install', 'postinstall', 'prepare'].flatMap(linesOf)
  const built = ['build', 'prepublishOnly'].map(linesOf).find((lines) => lines.length > 0) ?? []
  const isNew = built.some((line) => !installed.includes(line))
  return [installed, ...(isNew ? [[...installed, ...built]] : [])].filter((lines) => lines.length > 0)
}

function asScript(part: ScriptPart): TestPart {
  return { ...part, runner: 'script', node: [] }
}

/** npm's own text for a package without tests. */
function isPlaceholder({ words, line }: ScriptPart): boolean {
  const program = words[0]?.value
  return program === 'exit' || program === 'true' || (program === 'echo' && !line.includes('>'))
}

/** It makes no file that tests need: hooks of git, checks of the machine, formatters that write. */
const isHook = ({ words }: ScriptPart): boolean => {
  const [first = '', ...rest] = words.map(({ value }) => value)
  const program = programOf(first)
  if (program === 'prettier') return rest.some((word) => /^(--write|-w)$/.test(word))
  return /^(husky|husky-run|is-ci|lefthook|simple-git-hooks|git-hooks|only-allow|npm-only-allow|check-node-version)$/.test(
    program,
  )
}

const CHECKERS =
  /^(eslint|eslint_d|standard|semistandard|ts-standard|standardx|xo|prettier|biome|rome|oxlint|oxfmt|dprint|jshint|jscs|tslint|stylelint|markdownlint|markdownlint-cli2|remark|alex|cspell|ls-lint|publint|attw|tsd|tsd-lite|tsd-check|tstyche|dtslint|dts-lint|knip|depcheck|dependency-check|dependency-cruiser|depcruise|madge|commitlint|lockfile-lint|size-limit|bundlesize|bundlewatch|npmPkgJsonLint|npm-package-json-lint|sort-package-json|check-dts|editorconfig-checker|eclint|ec|evalmd|aud|better-npm-audit|audit-ci|es-check|type-coverage|pkg-ok|fixpack|installed-check|licensee|license-checker|secretlint|actionlint|linkinator|coveralls|codecov|doctoc|docs-lint|hallmark|lint-staged|node-doc-lint)$/

function isCheck({ words, script }: ScriptPart): boolean {
  const [first, ...rest] = words.map(({ value }) => value)
  if (first === undefined) return /^(?:pre|post)?(?:lint|format|style|typecheck|types)\b/.test(script)
  const program = programOf(first)
  if (CHECKERS.test(program))
    return !(program === 'prettier' && rest.some((word) => /^(--write|-w)$/.test(word)))
  if (/^(tsc|vue-tsc|tsgo|flow)$/.test(program))
    return program === 'flow' || rest.some((word) => /^--?noEmit$/i.test(word))
  if (/^(npm|pnpm|yarn)$/.test(program)) return /^(audit|ls|outdated|pack|dedupe)$/.test(rest[0] ?? '')
  if (/^(c8|nyc)$/.test(program)) return true
  if (program === 'git') return rest[0] === 'diff'
  return /^(?:pre|post)?(?:lint|typecheck)\b/.test(script)
}

const RUNNERS: Readonly<Record<string, KnownRunner>> = {
  ...{ vitest: 'vitest', 'vitest.mjs': 'vitest' },
  ...{ jest: 'jest', 'jest.js': 'jest' },
  ...{ mocha: 'mocha', _mocha: 'mocha', 'mocha.js': 'mocha', 'mocha.mjs': 'mocha' },
  ...{ ava: 'ava', 'ava.js': 'ava' },
  ...{
    uvu: 'uvu',
    tape: 'tape',
    jasmine: 'jasmine',
    'jasmine.js': 'jasmine',
    qunit: 'qunit',
    'qunit.js': 'qunit',
  },
  ...{ tap: 'tap' },
}
/** Programs that run tests, and of which only the exit code is known. */
const OTHER_RUNNERS =
  /^(playwright|cypress|karma|wtr|web-test-runner|testcafe|nightwatch|wdio|cucumber-js|intern|lab|zora|pta|xo-test|aegir|tsdx|kcd-scripts|react-scripts|craco|ng|ember|poku|brittle|tapzero|airtap|zuul|testem|jake|gulp|grunt)$/
/** Programs that take a script as Node does. */
const NODES = /^(node|nodejs|tsx|ts-node|ts-node-esm|esno|tsm|babel-node|swc-node|nodex)$/
const NODE_VALUED =
  /^(-r|--require|--import|--loader|--experimental-loader|-C|--conditions|--env-file|--test-name-pattern|--test-reporter|--test-reporter-destination|--test-timeout|--test-concurrency|-P|--project|-O|--compiler-options)$/

/** The part with its runner; undefined when its program is none. */
function testPartOf(part: ScriptPart): TestPart | undefined {
  const [first, ...rest] = part.words
  if (first === undefined) return undefined
  const program = programOf(first.value)
  const direct = Object.hasOwn(RUNNERS, program) ? RUNNERS[program] : undefined
  if (direct !== undefined) return { ...part, runner: direct, words: rest, node: [] }
  const delegated = delegationOf(part.words.map(({ value }) => value))?.script ?? ''
  if (/^tests?\b/.test(delegated)) return asScript(part)
  if (OTHER_RUNNERS.test(program) || (/^(bun|deno)$/.test(program) && rest[0]?.value === 'test'))
    return asScript(part)
  if (!NODES.test(program)) return undefined
  const own = transpilerOf(program, first)
  if (rest.some(({ value }) => value === '--test')) return { ...part, runner: 'node', words: rest, node: own }
  const at = firstOperand(rest)
  const target = rest[at]?.value ?? ''
  const script = programOf(target)
  const isRunner = /(^|\/)(node_modules|\.bin|\.yarn)\//.test(target) && Object.hasOwn(RUNNERS, script)
  const [, whole, bin] = INSTALLED_RUNNER.exec(target) ?? []
  const through = (whole ?? bin) as KnownRunner | undefined
  const runner = isRunner ? RUNNERS[script] : through
  if (runner === undefined) return isTestProgram(target) ? asScript(part) : undefined
  return { ...part, runner, words: rest.slice(at + 1), node: [...own, ...rest.slice(0, at)] }
}

/** A program of a runner's package, whatever its name: `node_modules/vitest/dist/cli-wrapper.js`. */
const INSTALLED_RUNNER =
  /(?:^|\/)(?:node_modules\/(vitest|jest|mocha|ava|jasmine|qunit)\/|(uvu|tape|tap)\/bin)/

/** `node test.js`, `node test/index.js`: a program that is a test. */
const isTestProgram = (target: string) =>
  /(^|\/)(tests?|specs?|__tests__)(\/|\.|$)|[.-](test|spec)\./.test(target)

function transpilerOf(program: string, word: ShellWord): ShellWord[] {
  const option =
    program === 'tsx' ? ['--import', 'tsx'] : /^ts-node/.test(program) ? ['-r', 'ts-node/register'] : []
  return option.map((value) => ({ ...word, raw: value, value, isExpanded: false }))
}

function firstOperand(words: readonly ShellWord[]): number {
  let at = 0
  while (words[at]?.value.startsWith('-')) at += NODE_VALUED.test(words[at]?.value ?? '') ? 2 : 1
  return at
}
