import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { limit, measureSlowness } from './test/machine-speed.ts'

process.env.TEST_SLOWNESS ??= measureSlowness().toFixed(1)

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/tools.ts'],
    setupFiles: ['test/timeouts.ts'],
    // Vitest leaves one core to itself; many of these tests wait for processes, timers and disks.
    maxWorkers: availableParallelism(),
    testTimeout: limit(120_000),
    hookTimeout: limit(120_000),
  },
})
