// Runner
//
// The port to a repository's test runner: the command that runs tests, and reading its report.
// Leaves: running it (suite.ts), choosing it (survey/), the meaning of its figures (gates/).

import type { Survey } from '../../machines/index.ts'
import type { FileCoverages } from '../coverage.ts'
import type { CommandEnding } from '../sandbox/sandbox.ts'
import type { PackagePlaces } from './installed-package.ts'
import type { TestPart } from './test-plan.ts'

/** The Node that runs a repository's tests. */
export type NodeProgram = NonNullable<Survey['node']>

export interface SuiteRequest extends PackagePlaces {
  /** The part of the test script to run; absent: the first of this runner. */
  readonly part?: TestPart | undefined
  /** The repository's own Node; absent: that of this process. */
  readonly node?: NodeProgram | undefined
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

export type RunnerPlaces = PackagePlaces & Pick<SuiteRequest, 'node' | 'part'>

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
  /** The end of the output of a run that failed. */
  readonly said?: string
  /** By absolute path. */
  readonly coverage?: FileCoverages
}

type CommandExit = Extract<CommandEnding, { kind: 'exited' }>

/** How a test file loads packages: `require` in CommonJS, else `import`. */
export type LoadStyle = 'require' | 'import'

export interface TestFrame {
  readonly head: string
  /** Absent: nothing is needed behind the tests. */
  readonly foot?: string
}

export interface Runner {
  /** Its package; absent when it comes with Node. */
  readonly package?: string
  /** The text of a test file at this path with one test that passes. */
  probe(load: LoadStyle, path: string): string
  /** What a test file needs before and after its tests, so that `it` and `equal(actual, expected)` are available. */
  frame?(load: LoadStyle): TestFrame
  /**
   * Lists the test files that it would run, among them the probes of this name; absent: a run of the probes, and then of
   * all tests, tells them.
   */
  list?(places: RunnerPlaces, probe: string): Promise<RunnerCommand>
  listed?(root: string, stdout: string): string[]
  /** Whether a named file runs only if its configuration takes it for a test. */
  readonly isConfigurationAsked?: boolean
  command(request: SuiteRequest): Promise<RunnerCommand>
  /** Undefined when the runner left no report: then its output says why. */
  read(request: SuiteRequest, ending: CommandExit): Promise<SuiteReport | undefined>
}
