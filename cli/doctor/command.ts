// Doctor command
//
// Owns:   `canopy doctor`: what the checks of this machine found, and whether runs can start.
// Leaves: the checks (app/doctor/), the words (text.ts).

import { examine, machineOf } from '../../app/index.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Terminal } from '../terminal.ts'
import { doctorText } from './text.ts'

export interface DoctorOptions {
  readonly json?: boolean
}

export async function doctorCommand({ json }: DoctorOptions, terminal: Terminal): Promise<number> {
  const found = await examine(machineOf(terminal))
  const isReady = found.every(({ state }) => state !== 'missing')
  const text = json ? JSON.stringify({ ready: isReady, checks: found }) : doctorText(found, isReady)
  terminal.screen.write(`${text}\n`)
  return isReady ? exitCodes.reached : exitCodes.notReached
}
