// Examine
//
// Owns:   every check of this machine, one after another.
// Leaves: the checks (checks/), the words (cli/doctor/text.ts).
//
// D1. It changes nothing but the cache, into which it fetches what a run would fetch.

import { bubblewrapTool, findTool } from '../../programs/index.ts'
import { bubblewrap, probeBubblewrap, type Sandbox } from '../../workspace/index.ts'
import { configurationOf } from '../configuration/schema.ts'
import { readUserFile } from '../configuration/source.ts'
import { type HostEnvironment, stateDirectory } from '../settings/data-directory.ts'
import type { DoctorCheck, DoctorFinding, ExaminedMachine } from './check.ts'
import { CHECKS } from './checks/all.ts'

export type NamedFinding = DoctorFinding & { readonly name: string }

/** One after another: each is quick, and some start a sandbox. */
export async function examine(
  machine: ExaminedMachine,
  checks: readonly DoctorCheck[] = CHECKS,
): Promise<NamedFinding[]> {
  const found: NamedFinding[] = []
  for (const check of checks) found.push({ name: check.name, ...(await findingOf(check, machine)) })
  return found
}

async function findingOf(check: DoctorCheck, machine: ExaminedMachine): Promise<DoctorFinding> {
  try {
    return await check.look(machine)
  } catch (error) {
    return { state: 'weaker', found: `it could not be checked: ${(error as Error).message}` }
  }
}

/** This machine, as a run would find it; `config`: the user's own file instead of the usual one. */
export function machineOf(
  around: Pick<HostEnvironment, 'env' | 'home' | 'directory'>,
  config?: string,
): ExaminedMachine {
  const { env, home } = around
  let tool: ReturnType<typeof findTool> | undefined
  let sandbox: Promise<Sandbox | undefined> | undefined
  const machine: ExaminedMachine = {
    env,
    home,
    stateDirectory: stateDirectory('', around),
    async mcp() {
      const own = await readUserFile(config, undefined, around)
      return own === undefined ? {} : (configurationOf(own.value).mcp ?? {})
    },
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
