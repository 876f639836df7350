// Runner
//
// The port to a repository's test runner: the command that runs tests, and reading its report.
// Leaves: running it (suite.ts), choosing it (survey/), the meaning of its figures (gates/).

import type { FileCoverages } from '../coverage.ts'
import type { CommandEnding } from '../sandbox/sandbox.ts'
import type { PackagePlaces } from './installed-package.ts'

export interface SuiteRequest {
  /** The worktree, with `node_modules` in it. */
  readonly root: string
  /** The folder that its `node_modules` links to. */
  readonly dependencies: string
  /** A writable folder for reports. */
  readonly out: string
  /** Measures coverage of these modules; absent: no coverage. */
  readonly modules?: readonly string[]
  /** Only these test files; absent: all of the repository. */
  readonly files?: readonly string[]
  /** Shuffles the tests of each file. */
  readonly seed?: number
  /** Limit of each test in milliseconds, instead of the runner's own. */
  readonly testLimitMs?: number
}

export interface RunnerCommand {
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly readable?: readonly string[]
}

/** The result of one test. */
export interface TestResult {
  readonly file: string
  readonly name: string
  readonly status: 'passed' | 'failed' | 'skipped'
}

export interface FailedTest {
  readonly file: string
  readonly name: string
  readonly message: string
}

export interface SuiteReport {
  readonly success: boolean
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly failures: readonly FailedTest[]
  /** Each test; empty when the runner names none. */
  readonly tests: readonly TestResult[]
  /** By absolute path. */
  readonly coverage?: FileCoverages
}

type CommandExit = Extract<CommandEnding, { kind: 'exited' }>

export interface Runner {
  /** Its package; absent when it comes with Node. */
  readonly package?: string
  /** A test file with one test that passes. */
  readonly probe: string
  /** The head of a test file that makes `it` and `equal(actual, expected)` available. */
  readonly testHead?: string
  /** Lists the test files that it would run, among them the probes of this name. */
  list(places: PackagePlaces, probe: string): Promise<RunnerCommand>
  listed(root: string, stdout: string): string[]
  command(request: SuiteRequest): Promise<RunnerCommand>
  /** Undefined when the runner left no report: then its output says why. */
  read(request: SuiteRequest, ending: CommandExit): Promise<SuiteReport | undefined>
}
