// Code in the sandbox takes so many of the machine's process numbers that nobody else can start anything.

import { type Attack, couldNotRun, refused, succeeded } from '../attack.ts'
import { inPlace, printed } from './in-sandbox.ts'

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
    play: () =>
      inPlace(async ({ run }) => {
        const ending = await run(['/usr/bin/env', 'python3', '-c', script], { processes: LIMIT })
        if (ending.kind === 'exceeded') return refused(`ended: ${ending.limit}`)
        const said = printed(ending)
        if (said.includes('python3: No such')) return couldNotRun('it needs python3 in /usr')
        return said.includes('GOT') ? succeeded(`took ${WANTED} numbers`) : refused(said.trim().slice(-200))
      }),
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
