// Bound child
//
// Owns:   starting a program that dies when this process dies, however that dies (SIGKILL too).
//
// B1. It is a session of its own: a Ctrl-C at the terminal reaches only us, and we decide when the child ends.
// B2. On Linux the kernel does it (setpriv --pdeathsig). Elsewhere a small shell waits on a pipe that only we hold
//     open: it closes with us.

import { type ChildProcess, execFile, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'

const WATCH = 'read word; [ "$word" = released ] || kill -9 "$1"'

/** @param more variables of its environment besides those of this process. */
export async function spawnBound(
  program: string,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<ChildProcess> {
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe']
  const env = { ...process.env, ...more }
  if (await kernelBinds()) {
    return started(
      spawn('setpriv', ['--pdeathsig', 'KILL', '--', program, ...args], { stdio, env, detached: true }),
    )
  }
  const child = await started(spawn(program, args, { stdio, env, detached: true }))
  const watch = spawn('/bin/sh', ['-c', WATCH, 'watch', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  watch.on('error', () => child.kill('SIGKILL'))
  watch.stdin?.on('error', () => {})
  child.once('exit', () => watch.stdin?.end('released\n'))
  watch.unref()
  return child
}

async function kernelBinds(): Promise<boolean> {
  if (process.platform !== 'linux') return false
  return promisify(execFile)('setpriv', ['--pdeathsig', 'KILL', '--', 'true']).then(
    () => true,
    () => false,
  )
}

async function started(child: ChildProcess): Promise<ChildProcess> {
  await once(child, 'spawn')
  return child
}
