// Runner
//
// Owns:   the port to a repository's test runner: the command that runs tests, and reading what it left.
// Leaves: running it (suite.ts), which runner it is (survey/), what its figures mean (gates/).

import type { FileCoverages } from '../coverage.ts'
import type { Ending } from '../sandbox/sandbox.ts'
import type { PackagePlaces } from './installed-package.ts'

export interface SuiteRequest {
  /** The worktree, with `node_modules` in it. */
  readonly root: string
  /** The folder that its `node_modules` has links to. */
  readonly dependencies: string
  /** A writable folder for reports. */
  readonly out: string
  /** Measure how far the tests reach these modules; absent: measure nothing. */
  readonly modules?: readonly string[]
  /** Only these test files; absent: all the repository has. */
  readonly files?: readonly string[]
  /** Shuffle the tests of each file. */
  readonly seed?: number
  /** For each test, instead of the runner's own limit. */
  readonly testLimitMs?: number
}

export interface RunnerCommand {
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly readable?: readonly string[]
}

/** How one test ended. */
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
  /** Each test by itself; empty where the runner names none. */
  readonly tests: readonly TestResult[]
  /** By absolute path. */
  readonly coverage?: FileCoverages
}

type Exited = Extract<Ending, { kind: 'exited' }>

export interface Runner {
  /** The package it comes in; absent when it comes with Node. */
  readonly package?: string
  /** A test file with one test that passes. */
  readonly probe: string
  /** The head of a test file: after it, `it` and `equal(actual, expected)` are there. */
  readonly testHead?: string
  /** Lists the test files it would run, among them the probes of this name. */
  list(places: PackagePlaces, probe: string): Promise<RunnerCommand>
  listed(root: string, stdout: string): string[]
  command(request: SuiteRequest): Promise<RunnerCommand>
  /** Undefined when the runner left no report: then its output says why. */
  read(request: SuiteRequest, ending: Exited): Promise<SuiteReport | undefined>
}
