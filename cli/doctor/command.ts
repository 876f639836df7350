// Doctor command
//
// Owns:   `canopy doctor`: what the checks of this machine or the survey of a repository found, and whether runs can start.
// Leaves: the checks and the survey (app/doctor/), the words (text.ts, repository-text.ts).

import { examine, examineRepository, machineOf, type RepositoryOptions } from '../../app/index.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Terminal } from '../terminal.ts'
import { repositoryText } from './repository-text.ts'
import { doctorText } from './text.ts'

export interface DoctorOptions extends Omit<RepositoryOptions, 'repo'> {
  readonly repo?: string
  readonly json?: boolean
}

export async function doctorCommand(options: DoctorOptions, terminal: Terminal): Promise<number> {
  const { repo, json, config } = options
  if (repo !== undefined) return doctorOfRepository({ ...options, repo }, terminal)
  const found = await examine(machineOf(terminal, config))
  const isReady = found.every(({ state }) => state !== 'missing')
  const text = json ? JSON.stringify({ ready: isReady, checks: found }) : doctorText(found, isReady)
  terminal.screen.write(`${text}\n`)
  return isReady ? exitCodes.reached : exitCodes.notReached
}

async function doctorOfRepository(
  { json, ...options }: DoctorOptions & { readonly repo: string },
  terminal: Terminal,
): Promise<number> {
  const notice = (sentence: string) => terminal.writeError(`${sentence}\n`)
  const finding = await examineRepository(options, terminal, { notice, stop: terminal.stop })
  const isReady = finding.kind === 'ready'
  const { kind, ...rest } = finding
  terminal.screen.write(
    `${json ? JSON.stringify({ ready: isReady, ...rest }) : repositoryText(finding).join('\n')}\n`,
  )
  return isReady ? exitCodes.reached : exitCodes.notReached
}
