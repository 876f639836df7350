// Offspring
//
// Owns:   starting the program that executes code under test, listening to it, and ending it when it hangs.
// Leaves: what it is given and what is made of its news (find.ts, verify.ts).
//
// R1. It ends one way or another: by itself, or killed after `silence` milliseconds without a word.

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createLineReader, encodeLine } from './channel.ts'

export interface OffspringOrder {
  readonly task: unknown
  /** Where the code under test believes to be. */
  readonly environment: Readonly<Record<string, string>>
  readonly silence: number
  readonly receive: (news: unknown) => void
}

export type OffspringEnd = 'finished' | 'hung' | 'crashed'

const program = fileURLToPath(new URL('./inside/main.ts', import.meta.url))
const switches = [
  // A pattern that backtracks for ever is finished by the linear matcher.
  '--enable-experimental-regexp-engine-on-excessive-backtracks',
  '--disable-warning=ExperimentalWarning',
  '--max-old-space-size=1024',
  '--stack-size=900',
]

export function runOffspring(order: OffspringOrder): Promise<OffspringEnd> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...switches, program], {
      env: { ...order.environment },
      stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    })
    let hung = false
    const kill = () => {
      hung = true
      child.kill('SIGKILL')
    }
    let patience = setTimeout(kill, order.silence)
    const read = createLineReader(order.receive)
    const news = child.stdio[3]
    if (news !== null && news !== undefined && 'setEncoding' in news) {
      news.setEncoding('utf8')
      news.on('data', (chunk: string) => {
        clearTimeout(patience)
        patience = setTimeout(kill, order.silence)
        read(chunk)
      })
    }
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(encodeLine(order.task))
    child.on('error', () => undefined)
    child.on('close', (code) => {
      clearTimeout(patience)
      resolve(hung ? 'hung' : code === 0 ? 'finished' : 'crashed')
    })
  })
}
