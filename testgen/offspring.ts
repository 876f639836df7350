// Offspring
//
// Owns:   starting the program that executes code under test, listening to it, and ending it when it hangs.
// Leaves: what it is given and what is made of its news (find.ts, verify.ts).
//
// R1. It ends one way or another: by itself, or killed when it worked for `toil` milliseconds of processor time, or was
//     quiet for a minute, without a word. Processor time, so that a busy machine does not change what is found.

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { getCompileCacheDir } from 'node:module'
import { fileURLToPath } from 'node:url'
import { createLineReader, encodeLine } from './channel.ts'

export interface OffspringOrder {
  readonly task: unknown
  readonly switches: readonly string[]
  /** Where the code under test believes to be. */
  readonly environment: Readonly<Record<string, string>>
  /** Milliseconds of its own processor time without a word, and in all. */
  readonly toil: number
  readonly life: number
  readonly receive: (news: unknown) => void
}

/** `hung`: it was silent for too long; `spent`: it took all the time it was given. */
export type OffspringEnd = 'finished' | 'hung' | 'spent' | 'crashed'

const program = fileURLToPath(new URL('./inside/main.ts', import.meta.url))
/** For a search: a pattern that backtracks for ever is finished by the linear matcher. Tests have no such help. */
export const searchSwitches = ['--enable-experimental-regexp-engine-on-excessive-backtracks']
const switches = ['--disable-warning=ExperimentalWarning', '--max-old-space-size=1024', '--stack-size=900']

function compileCache(): Record<string, string> {
  const folder = getCompileCacheDir()
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder }
}

export function runOffspring(order: OffspringOrder): Promise<OffspringEnd> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...switches, ...order.switches, program], {
      env: { ...order.environment, ...compileCache() },
      stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    })
    let stopped: OffspringEnd | undefined
    const watch = watchToil(child.pid ?? 0, order, (why) => {
      stopped = why
      child.kill('SIGKILL')
    })
    const read = createLineReader(order.receive)
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

const quietAtMost = 60_000
const lookEvery = 500

/** Calls `tooMuch` when nothing was heard for so long that nothing will be. */
function watchToil(
  pid: number,
  { toil, life }: OffspringOrder,
  tooMuch: (why: 'hung' | 'spent') => void,
): { heard(): void; stop(): void } {
  let heardAt = Date.now()
  let spentThen = spent(pid)
  const timer = setInterval(() => {
    const isQuiet = Date.now() - heardAt > quietAtMost
    const now = spent(pid)
    if (now > life) tooMuch('spent')
    else if (isQuiet || now - spentThen > toil) tooMuch('hung')
  }, lookEvery)
  return {
    heard() {
      heardAt = Date.now()
      spentThen = spent(pid)
    },
    stop: () => clearInterval(timer),
  }
}

const tick = 10

/** Milliseconds of processor time, from the kernel; where there is no such file, the minute of quiet has to do. */
function spent(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) * tick || 0
  } catch {
    return 0
  }
}
