// Stubs thread
//
// Owns:   a thread whose globals are stubbed for good: it evaluates the programs of stubs.test.ts.

import { parentPort, workerData } from 'node:worker_threads'
import { FakeClock } from '../../testgen/inside/clock.ts'
import { installStubs, ProcessExit, TooLong } from '../../testgen/inside/stubs.ts'

const clock = new FakeClock()
const stubs = installStubs(clock)
const answers: unknown[] = []
for (const program of workerData as readonly string[]) {
  clock.reset()
  Object.assign(stubs, { chance: 0.5, usedChance: false, usedFolder: false, ended: false })
  const advance = () => {
    for (let time = 0; time < 20 && clock.advance(); time++);
  }
  let result: unknown
  try {
    result = new Function('clock', 'stubs', 'advance', program)(clock, stubs, advance)
  } catch (error) {
    result = error instanceof ProcessExit ? 'exit' : error instanceof TooLong ? 'too long' : String(error)
  }
  const { usedChance, usedFolder, ended } = stubs
  answers.push({
    result,
    used: { chance: usedChance, clock: clock.usedClock, timers: clock.usedTimers, folder: usedFolder, ended },
  })
}
parentPort?.postMessage(answers)
