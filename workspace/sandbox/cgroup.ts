// Cgroup
//
// Limits that the kernel enforces for a whole command, where Canopy may create cgroups (version 2).
// Leaves: counting where it may not (usage.ts).
//
// A command's cgroup is removed with the command.
// C1. Only a cgroup in which nothing but Canopy runs is divided; processes of others are never moved.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const WANTED = ['memory', 'pids'] as const
type Controller = (typeof WANTED)[number]

/** A cgroup in which Canopy may create its own. */
export interface CgroupPlace {
  readonly path: string
  readonly controllers: readonly Controller[]
}

let found: CgroupPlace | string | undefined

/** The cgroup for this process's commands, or why there is none. Found once; it may move Canopy into a cgroup below. */
export function cgroupPlace(): CgroupPlace | string {
  found ??= findPlace()
  return found
}

function findPlace(): CgroupPlace | string {
  try {
    const path = ownCgroup()
    if (path === undefined) return 'there is no cgroup version 2'
    const available = wordsIn(join(path, 'cgroup.controllers'))
    const controllers = WANTED.filter((name) => available.includes(name))
    if (controllers.length === 0) return 'the cgroup has no controller for memory or processes'
    divide(path, controllers)
    return tried({ path, controllers })
  } catch (error) {
    return (error as Error).message
  }
}

/** The place, if a process can enter a cgroup there: some are writable and still refuse. */
function tried(place: CgroupPlace): CgroupPlace | string {
  const cgroup = new CommandCgroup(place, { memoryMb: 64, processes: 8 })
  const entering = spawnSync('/bin/sh', ['-c', 'echo $$ > "$1"', 'sh', cgroup.entrance], { encoding: 'utf8' })
  removeNow(cgroup.path)
  return entering.status === 0 ? place : `no process can enter a cgroup below ${place.path}`
}

/** The folder of this process's cgroup. */
function ownCgroup(): string | undefined {
  const mount = /^\S+ \S+ \S+ \S+ (\S+) .* - cgroup2 /m.exec(
    readFileSync('/proc/self/mountinfo', 'utf8'),
  )?.[1]
  const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1]
  return mount === undefined || own === undefined ? undefined : join(mount, own)
}

const OURS = 'canopy-'
const MAIN = `${OURS}main`

/** A cgroup with limits for others may hold no process itself: Canopy's move into one below (C1). */
function divide(path: string, controllers: readonly Controller[]): void {
  for (const name of readdirSync(path))
    if (name.startsWith(OURS) && name !== MAIN) removeNow(join(path, name))
  const enabled = wordsIn(join(path, 'cgroup.subtree_control'))
  if (controllers.every((name) => enabled.includes(name))) return
  const pids = wordsIn(join(path, 'cgroup.procs'))
  const others = pids.filter((pid) => !isOurs(Number(pid)))
  if (others.length > 0)
    throw new Error(`other processes run in the cgroup of Canopy (${others.slice(0, 3).join(', ')})`)
  mkdirSync(join(path, MAIN), { recursive: true })
  for (const pid of pids) writeFileSync(join(path, MAIN, 'cgroup.procs'), pid)
  writeFileSync(join(path, 'cgroup.subtree_control'), controllers.map((name) => `+${name}`).join(' '))
}

/** This process, the launcher that waits for it, and their children. */
function isOurs(pid: number): boolean {
  for (let at = pid; at > 1; at = parentOf(at)) if (at === process.pid || at === process.ppid) return true
  return false
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
}

export interface CgroupLimits {
  readonly memoryMb: number
  readonly processes: number
}

let made = 0

export class CommandCgroup {
  readonly path: string

  constructor(place: CgroupPlace, { memoryMb, processes }: CgroupLimits) {
    made += 1
    this.path = join(place.path, `${OURS}${process.pid}-${made}`)
    mkdirSync(this.path)
    // Without swap the limit is exact; all processes end together, so that none goes on without the others.
    this.#set('memory.max', `${memoryMb * 1024 * 1024}`)
    this.#set('memory.swap.max', '0')
    this.#set('memory.oom.group', '1')
    this.#set('pids.max', `${processes}`)
  }

  /** A process enters the cgroup by writing its id here. */
  get entrance(): string {
    return join(this.path, 'cgroup.procs')
  }

  /** The limit at which the kernel refused the command something. */
  exceeded(): 'memory' | 'processes' | undefined {
    if (countIn(join(this.path, 'memory.events'), 'oom_kill') > 0) return 'memory'
    return countIn(join(this.path, 'pids.events'), 'max') > 0 ? 'processes' : undefined
  }

  /** Ends the remaining processes. */
  async remove(): Promise<void> {
    for (let tries = 0; tries < 50 && !removeNow(this.path); tries += 1) await setTimeout(10)
  }

  #set(file: string, value: string): void {
    const path = join(this.path, file)
    if (existsSync(path)) writeFileSync(path, value)
  }
}

function removeNow(path: string): boolean {
  try {
    if (wordsIn(join(path, 'cgroup.procs')).length > 0) writeFileSync(join(path, 'cgroup.kill'), '1')
  } catch {
    // It has no such file, or is removed already.
  }
  return removeEmpty(path)
}

/** A cgroup in use by another Canopy stays. */
function removeEmpty(path: string): boolean {
  try {
    rmdirSync(path)
    return true
  } catch {
    return !existsSync(path)
  }
}

function wordsIn(path: string): string[] {
  return readFileSync(path, 'utf8').split(/\s+/).filter(Boolean)
}

function countIn(path: string, name: string): number {
  if (!existsSync(path)) return 0
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(readFileSync(path, 'utf8'))?.[1] ?? 0)
}
