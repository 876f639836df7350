// Command limits
//
// The limits of one command and whether it exceeds one: some enforced by the kernel, some counted here.
// Leaves: counting (usage.ts, disk-use.ts), the kernel's part (cgroup.ts), ending the command (child.ts).

import { type CgroupPlace, CommandCgroup } from './cgroup.ts'
import type { DiskUse, DiskWatch } from './disk-use.ts'
import { type Command, memoryOf, processesOf } from './sandbox.ts'
import { type MemoryFolder, UsageReader } from './usage.ts'

export type Limit = 'memory' | 'processes' | 'output' | 'disk'

export interface LimitOptions {
  readonly disk: DiskUse
  readonly memoryFolders: readonly MemoryFolder[]
  /** Absent or a reason: limits are only counted. */
  readonly cgroup: CgroupPlace | string
}

/** Bubblewrap's own. */
const OWN_PROCESSES = 2
/** On average, where no cgroup counts threads as processes: the machine has one number for both. */
const THREADS_A_PROCESS = 8

export class CommandLimits {
  readonly #command: Command
  readonly #usage: UsageReader
  readonly #disk: DiskWatch
  readonly #cgroup: CommandCgroup | undefined

  constructor(command: Command, { disk, memoryFolders, cgroup }: LimitOptions) {
    this.#command = command
    this.#usage = new UsageReader(memoryFolders)
    this.#disk = disk.watch(command.writable)
    const limits = { memoryMb: memoryOf(command), processes: processesOf(command) + OWN_PROCESSES }
    this.#cgroup = typeof cgroup === 'string' ? undefined : new CommandCgroup(cgroup, limits)
  }

  /** The file to which the command first writes its process id. */
  get entrance(): string | undefined {
    return this.#cgroup?.entrance
  }

  /** The limit that the processes below `root` exceed now. */
  async exceeded(root: number): Promise<Limit | undefined> {
    const { pids, threads, memoryMb } = await this.#usage.read(root)
    if (memoryMb > memoryOf(this.#command)) return 'memory'
    if (pids.length > processesOf(this.#command)) return 'processes'
    if (threads > THREADS_A_PROCESS * processesOf(this.#command)) return 'processes'
    if (await this.#disk.isExceeded(pids)) return 'disk'
    return this.#cgroup?.exceeded()
  }

  /** The same after all processes ended; releases the limits. */
  async close(): Promise<Limit | undefined> {
    const limit = this.#cgroup?.exceeded() ?? ((await this.#disk.isExceeded()) ? 'disk' : undefined)
    this.#disk.close()
    await this.#cgroup?.remove()
    return limit
  }
}
