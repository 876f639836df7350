// Child process
//
// Owns:   starting the program that executes code under test, reading its messages, and ending it when it hangs.
// Leaves: its task and the use of its messages (find.ts, verify.ts).
//
// R1. It ends by itself, or it is killed: after `idleCpuMs` of processor time or a minute without a message, after five
//     seconds of sleep in which it takes no processor time, or after `maxCpuMs` of processor time in all. Processor time
//     does not depend on how busy the machine is, and a program that waits for a processor does not sleep.

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { getCompileCacheDir } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createLineReader, encodeLine } from './channel.ts'

export interface ChildProcessOptions {
  readonly task: unknown
  readonly switches: readonly string[]
  /** Where the code under test believes to be. */
  readonly environment: Readonly<Record<string, string>>
  /** Milliseconds of processor time without a message before it counts as hung. */
  readonly idleCpuMs: number
  /** Milliseconds of processor time in all. */
  readonly maxCpuMs: number
  readonly receive: (news: unknown) => void
}

/** `hung`: it was silent for too long; `spent`: it took all the time it was given. */
export type ChildProcessEnd = 'finished' | 'hung' | 'spent' | 'crashed'

const program = fileURLToPath(new URL(`./inside/main${extname(import.meta.url)}`, import.meta.url))
/** For a search: a pattern that backtracks for ever is finished by the linear matcher. Tests have no such help. */
export const searchSwitches = ['--enable-experimental-regexp-engine-on-excessive-backtracks']
const switches = ['--disable-warning=ExperimentalWarning', '--max-old-space-size=1024', '--stack-size=900']

function compileCache(): Record<string, string> {
  const folder = getCompileCacheDir()
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder }
}

export function runChildProcess(order: ChildProcessOptions): Promise<ChildProcessEnd> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...switches, ...order.switches, program], {
      env: { ...order.environment, ...compileCache() },
      stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    })
    let stopped: ChildProcessEnd | undefined
    let isForged = false
    const watch = watchCpu(child.pid ?? 0, order, (why) => {
      stopped = why
      child.kill('SIGKILL')
    })
    const read = createLineReader((message) => {
      if (isForged) return
      try {
        order.receive(message)
      } catch {
        // Code under test forged a message: nothing that it sends can be believed.
        isForged = true
        stopped = 'crashed'
        child.kill('SIGKILL')
      }
    })
    const news = child.stdio[3]
    if (news !== null && news !== undefined && 'setEncoding' in news) {
      news.setEncoding('utf8')
      news.on('data', (chunk: string) => {
        watch.heard()
        read(chunk)
      })
    }
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(encodeLine(order.task))
    child.on('error', () => undefined)
    child.on('close', (code) => {
      watch.stop()
      resolve(stopped ?? (code === 0 ? 'finished' : 'crashed'))
    })
  })
}

const MAX_QUIET_MS = 60_000
const MAX_ASLEEP_MS = 5_000
const LOOK_EVERY_MS = 500

/** Calls `tooMuch` when nothing was heard for so long that nothing will be. */
function watchCpu(
  pid: number,
  { idleCpuMs, maxCpuMs }: ChildProcessOptions,
  tooMuch: (why: 'hung' | 'spent') => void,
): { heard(): void; stop(): void } {
  let heardAt = Date.now()
  let before = useOf(pid)
  let spentThen = before.spentMs
  let looksAsleep = 0
  const timer = setInterval(() => {
    const isQuiet = Date.now() - heardAt > MAX_QUIET_MS
    const now = useOf(pid)
    looksAsleep = now.isAsleep && now.spentMs === before.spentMs ? looksAsleep + 1 : 0
    before = now
    const isAsleep = looksAsleep * LOOK_EVERY_MS > MAX_ASLEEP_MS
    if (now.spentMs > maxCpuMs) tooMuch('spent')
    else if (isQuiet || isAsleep || now.spentMs - spentThen > idleCpuMs) tooMuch('hung')
  }, LOOK_EVERY_MS)
  return {
    heard() {
      heardAt = Date.now()
      spentThen = useOf(pid).spentMs
      looksAsleep = 0
    },
    stop: () => clearInterval(timer),
  }
}

const CLOCK_TICK_MS = 10

interface ProcessUse {
  /** Of all its threads. */
  readonly spentMs: number
  /** Its main thread waits for something other than a processor or a disk. */
  readonly isAsleep: boolean
}

/** From the kernel; where there is no such file, the minute of quiet has to do. */
function useOf(pid: number): ProcessUse {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    const spentMs = (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS || 0
    return { spentMs, isAsleep: fields[0] === 'S' }
  } catch {
    return { spentMs: 0, isAsleep: false }
  }
}
