// Doctor command
//
// Owns:   `canopy doctor`: every check of this machine, and whether runs can start.
// Leaves: what is checked (checks/), the words (text.ts).
//
// D1. It changes nothing but the cache, into which it fetches what a run would fetch.

import { bubblewrap, probeBubblewrap, type Sandbox } from '../../workspace/index.ts'
import type { Terminal } from '../commands.ts'
import { stateDirectory } from '../data-directory.ts'
import { exitCodes } from '../errors.ts'
import { bubblewrapTool, findTool } from '../tools/index.ts'
import type { DoctorCheck, DoctorFinding, Machine } from './check.ts'
import { CHECKS } from './checks/index.ts'
import { doctorText } from './text.ts'

export interface DoctorOptions {
  readonly json?: boolean
}

export type NamedFinding = DoctorFinding & { readonly name: string }

export async function doctorCommand({ json }: DoctorOptions, terminal: Terminal): Promise<number> {
  const found = await examine(machineOf(terminal))
  const isReady = found.every(({ state }) => state !== 'missing')
  const text = json ? JSON.stringify({ ready: isReady, checks: found }) : doctorText(found, isReady)
  terminal.screen.write(`${text}\n`)
  return isReady ? exitCodes.reached : exitCodes.notReached
}

/** One after another: each is quick, and some start a sandbox. */
export async function examine(
  machine: Machine,
  checks: readonly DoctorCheck[] = CHECKS,
): Promise<NamedFinding[]> {
  const found: NamedFinding[] = []
  for (const { name, look } of checks) {
    const finding = await look(machine).catch(
      (error): DoctorFinding => ({ state: 'weaker', found: `it could not be checked: ${error.message}` }),
    )
    found.push({ name, ...finding })
  }
  return found
}

function machineOf(terminal: Terminal): Machine {
  const { env, home } = terminal
  let tool: ReturnType<typeof findTool> | undefined
  let sandbox: Promise<Sandbox | undefined> | undefined
  const machine: Machine = {
    env,
    home,
    stateDirectory: stateDirectory('', terminal),
    async bubblewrap() {
      tool ??= findTool(bubblewrapTool)
      const found = await tool
      return found.kind === 'found' ? found : undefined
    },
    sandbox() {
      sandbox ??= machine.bubblewrap().then(async (found) => {
        if (found === undefined || !(await probeBubblewrap(found.path)).works) return undefined
        return bubblewrap({ path: found.path })
      })
      return sandbox
    },
  }
  return machine
}
