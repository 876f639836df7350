// Before each test file: how long a test may take, and that one which takes longer says which resource was short.

import { beforeEach, expect, vi } from 'vitest'
import { limit, shortage } from './machine-speed.ts'

const SLOW_MS = 300_000

if (expect.getState().testPath?.endsWith('.slow.test.ts'))
  vi.setConfig({ testTimeout: limit(SLOW_MS), hookTimeout: limit(SLOW_MS) })

beforeEach(({ onTestFailed }) => {
  onTestFailed(({ task }) => {
    for (const error of task.result?.errors ?? [])
      if (/ timed out in \d+ms/.test(error.message)) error.message += `\n${shortage()}`
  })
})
