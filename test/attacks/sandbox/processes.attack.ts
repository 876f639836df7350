// Code in the sandbox takes so many of the machine's process numbers that nobody else can start anything.

import type { Attack } from '../attack.ts'
import { playPython } from './in-sandbox.ts'

const LIMIT = 32
const WANTED = 4_000

const take = (title: string, python: string): Attack => {
  const script = `import os, threading, time
threading.stack_size(64 * 1024)
def threads(number):
    for _ in range(number):
        threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
${python}
time.sleep(3)
print('GOT', flush=True)
`
  return {
    title,
    needs: ['linux'],
    play: () => playPython(script, { processes: LIMIT }, `took ${WANTED} numbers`),
  }
}

export const attacks: Record<string, Attack> = {
  threads: take('Code starts threads without end', `threads(${WANTED})`),
  'threads-of-children': take(
    'Code starts threads in several processes',
    `for _ in range(4):\n    if os.fork() == 0:\n        threads(${WANTED} // 4)\n        time.sleep(20)`,
  ),
  'threads-of-orphans': take(
    'Code starts threads in processes whose parents are gone',
    `for _ in range(4):
    if os.fork() == 0:
        if os.fork() == 0:
            os.setsid()
            threads(${WANTED} // 4)
            time.sleep(20)
        os._exit(0)
    os.wait()`,
  ),
}
