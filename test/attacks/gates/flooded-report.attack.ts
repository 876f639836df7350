// Tests leave a report that keeps the process which reads it busy: all actors of the run are in that process.

import { setTimeout as pause } from 'node:timers/promises'
import { limit } from '../../machine-speed.ts'
import { NODE_TEST, Playground } from '../../workspace/repositories.ts'
import { type Attack, couldNotRun, refused, succeeded } from '../attack.ts'

const LONGEST_MS = limit(10_000)

/** `code` has the folder of the reports in `out`. */
const left = (title: string, code: string): Attack => ({
  title,
  async play() {
    const source = `import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { it } from 'node:test'
it('floods', () => {
  const out = dirname(process.env.NODE_V8_COVERAGE ?? '/nowhere/v8')
  ${code}
})
`
    const playground = new Playground()
    try {
      const path = playground.repository({ ...NODE_TEST, 'test/flood.test.ts': source })
      const workspace = await playground.open(path)
      const longest = watchLoop()
      const outcome = await workspace.survey()
      const ms = longest()
      if (ms > LONGEST_MS) return succeeded(`nothing else went on for ${Math.round(ms / 1000)} s`)
      if (outcome.kind === 'ready') return succeeded('all of the report was read')
      return /report of the tests/.test(outcome.message)
        ? refused(outcome.message)
        : couldNotRun(outcome.message)
    } finally {
      playground.dispose()
    }
  },
})

/** Stops to watch and gives the longest time in which nothing else went on. */
function watchLoop(): () => number {
  let [longest, last, over] = [0, performance.now(), false]
  const watch = async () => {
    while (!over) {
      await pause(50)
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
    }
  }
  void watch()
  return () => {
    over = true
    return Math.max(longest, performance.now() - last)
  }
}

export const attacks: Readonly<Record<string, Attack>> = {
  'skipped-tests': left(
    'A report tells of hundreds of thousands of skipped tests',
    `const line = JSON.stringify({ passed: true, name: 'x', skip: true, message: '' }) + '\\n'
  // The runner writes over what stands first.
  appendFileSync(out + '/report.jsonl', '\\n'.repeat(65_536) + line.repeat(400_000))`,
  ),
  'coverage-of-nothing': left(
    'A record of coverage has millions of empty lists',
    `mkdirSync(out + '/v8', { recursive: true })
  writeFileSync(out + '/v8/coverage-0.json', '{"result":[],"more":[' + '[],'.repeat(15_000_000) + '[]]}')`,
  ),
}
