// Code in the sandbox reads or changes what the kernel shows in files: settings of the machine, keys, other processes.

import { readFileSync } from 'node:fs'
import { type Attack, refused, succeeded } from '../attack.ts'
import { inPlace, printed } from './in-sandbox.ts'

/** Succeeds when the script prints GOT. */
function script(title: string, text: string): Attack {
  return {
    title,
    needs: ['linux'],
    play: () =>
      inPlace(async ({ shell }) => {
        const said = printed(await shell(text))
        return said.includes('GOT') ? succeeded(said.trim()) : refused(said.trim() || 'nothing was there')
      }),
  }
}

/** Writes what is there already, so that the attack harms nobody when it succeeds. */
const rewrite = (path: string) =>
  script(`Code writes ${path}`, `value=$(cat ${path}) && echo "$value" > ${path} && echo GOT`)

const marked = (title: string, look: string): Attack => ({
  title,
  needs: ['linux'],
  play: () =>
    inPlace(async ({ shell }) => {
      const own = readFileSync('/proc/self/cmdline', 'utf8').split('\0')[0] ?? ''
      const said = printed(await shell(`${look} | tr '\\0' ' '`, { env: { CANOPY_ATTACK: '1' } }))
      const lines = said.split('\n').filter((line) => /vitest|canopy-attack-.*--ro-bind|--bind/.test(line))
      return lines.length > 0
        ? succeeded(`${lines[0]} (started by ${own})`)
        : refused('only its own are there')
    }),
})

export const attacks: Record<string, Attack> = {
  'core-pattern': rewrite('/proc/sys/kernel/core_pattern'),
  overcommit: rewrite('/proc/sys/vm/overcommit_memory'),
  'own-oom-score': rewrite('/proc/self/oom_score_adj'),
  sysrq: script('Code asks the kernel to act', 'echo h > /proc/sysrq-trigger && echo GOT'),
  keys: script("Code lists the user's keys", '[ -n "$(cat /proc/keys /proc/key-users)" ] && echo GOT'),
  'kernel-symbols': script(
    'Code reads addresses of the kernel',
    '[ -n "$(cat /proc/kallsyms)" ] && echo GOT',
  ),
  sys: script('Code reads /sys', '[ -e /sys/kernel ] && echo GOT'),
  'device-folder': script('Code fills /dev', 'head -c 1000000 /dev/zero > /dev/filler && echo GOT'),
  'root-folder': script('Code fills the root', 'mkdir /filler && echo GOT; echo x > /x && echo GOT'),
  'shared-memory': script('Code fills /dev/shm', 'head -c 100000000 /dev/zero > /dev/shm/filler && echo GOT'),
  'command-lines': marked('Code reads the command lines of others', 'cat /proc/[0-9]*/cmdline'),
}
