import { availableParallelism } from 'node:os'
import { configDefaults, defineConfig } from 'vitest/config'
import { LongestFirst } from './test/longest-first.ts'
import { limit, measureSlowness } from './test/machine-speed.ts'

/** They take more than ten seconds of a core each: kill tests, the whole command, stress, attacks that run programs. */
const SLOW = 'test/**/*.slow.test.ts'

process.env.TEST_SLOWNESS ??= measureSlowness().toFixed(1)

/** `npm test` runs the quick files and those named on the command line; `npm run test:all` has the mode `all`. */
export default defineConfig(({ mode }) => {
  const isSlowWanted = mode === 'all' || process.argv.some((argument) => argument.includes('.slow'))
  return {
    test: {
      include: ['test/**/*.test.ts'],
      exclude: [...configDefaults.exclude, ...(isSlowWanted ? [] : [SLOW])],
      globalSetup: ['test/tools.ts'],
      setupFiles: ['test/timeouts.ts'],
      sequence: { sequencer: LongestFirst },
      // One more than the cores: many of these tests wait for processes, timers and disks.
      maxWorkers: availableParallelism() + 1,
      testTimeout: limit(120_000),
      hookTimeout: limit(120_000),
    },
  }
})
