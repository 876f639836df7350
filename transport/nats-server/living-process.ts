// Living process
//
// Owns:   distinguishing a process from a later one with the same process id.

import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** A process as written to a file that may outlive the process and the machine's boot. */
export interface ProcessMark {
  readonly pid: number
  /** Its start time; no two processes have the same id and start time. */
  readonly birth: string
}

export async function markOf(pid: number): Promise<ProcessMark | undefined> {
  const birth = await (process.platform === 'linux' ? birthFromProc(pid) : birthFromPs(pid))
  return birth === undefined ? undefined : { pid, birth }
}

export async function isAlive(mark: ProcessMark): Promise<boolean> {
  return (await markOf(mark.pid))?.birth === mark.birth
}

async function birthFromProc(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The command in brackets may hold spaces and brackets; fields are counted after it: state is 3, start 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    return `${boot.trim()}/${fields[19]}`
  } catch {
    return undefined
  }
}

async function birthFromPs(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)])
    return stdout.trim() || undefined
  } catch {
    return undefined
  }
}
