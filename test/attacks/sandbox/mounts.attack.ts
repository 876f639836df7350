// A repository has the sandbox show more of the machine than what a command needs: by the name of a folder, or by a link
// in its place.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type Attack, type AttackResult, couldNotRun, refused, succeeded } from '../attack.ts'
import { inPlace, type Place } from './in-sandbox.ts'

const SECRET = 'FAKE-PRIVATE-KEY'

/** Whether a command that is shown `path` reads what the script prints. */
async function show({ shell }: Place, path: string, script: string): Promise<AttackResult> {
  const ending = await shell(script, { readable: [path] })
  if (ending.kind === 'could_not_start') return refused(ending.reason)
  return 'stdout' in ending && ending.stdout.includes(SECRET)
    ? succeeded(`read ${path} in the sandbox`)
    : refused('nothing of it was there')
}

function wide(path: string): Attack {
  return {
    title: `The folder to be read is ${path}`,
    needs: ['linux'],
    play: () =>
      inPlace((place) => show(place, path, `[ -e ${path} ] && [ -n "$(ls ${path})" ] && echo ${SECRET}`)),
  }
}

function linked(title: string, plant: (link: string, outside: string) => void): Attack {
  return {
    title,
    needs: ['linux'],
    play: () =>
      inPlace((place) => {
        writeFileSync(join(place.outside, 'id_rsa'), SECRET)
        const link = join(place.folder, 'node_modules')
        plant(link, place.outside)
        return show(place, link, 'cat node_modules/id_rsa')
      }),
  }
}

const ROUNDS = 40

/** Replaces a folder by a link and puts it back, until it is killed. */
const SWAP = `const { renameSync, rmSync, symlinkSync } = require('node:fs')
const [folder, secrets] = process.argv.slice(1)
for (;;) {
  renameSync(folder, folder + '.aside')
  symlinkSync(secrets, folder)
  rmSync(folder)
  renameSync(folder + '.aside', folder)
}`

const swapped: Attack = {
  title: 'A folder is replaced by a link between the check and the mount',
  needs: ['linux'],
  play: () =>
    inPlace(async ({ outside, shell }) => {
      const [folder, secrets] = [join(outside, 'packages'), join(outside, 'secrets')]
      for (const path of [folder, secrets]) mkdirSync(path)
      writeFileSync(join(secrets, 'id_rsa'), SECRET)
      const swap = spawn(process.execPath, ['-e', SWAP, folder, secrets], { stdio: 'ignore' })
      let began = 0
      try {
        for (let round = 0; round < ROUNDS; round += 1) {
          const ending = await shell(`cat ${folder}/id_rsa`, { readable: [folder] })
          if ('stdout' in ending && ending.stdout.includes(SECRET)) return succeeded('the link was mounted')
          if (ending.kind === 'exited') began += 1
        }
      } finally {
        swap.kill('SIGKILL')
        await once(swap, 'exit')
      }
      return began > 0
        ? refused(`not mounted in ${began} commands`)
        : couldNotRun('no command began while the folder was there')
    }),
}

export const attacks: Record<string, Attack> = {
  root: wide('/'),
  home: wide(homedir()),
  'above-home': wide(join(homedir(), '..')),
  proc: wide('/proc'),
  'proc-of-another': wide(`/proc/${process.ppid}/root`),
  sys: wide('/sys'),
  devices: wide('/dev/pts'),
  run: wide('/run'),
  etc: wide('/etc'),
  'absolute-link': linked('An absolute link stands in place of node_modules', (link, outside) =>
    symlinkSync(outside, link),
  ),
  'relative-link': linked('A relative link stands in place of node_modules', (link, outside) =>
    symlinkSync(join('..', outside.split('/').at(-1) ?? ''), link),
  ),
  'link-to-link': linked('A link to a link stands in place of node_modules', (link, outside) => {
    symlinkSync(outside, `${link}-2`)
    symlinkSync(`${link}-2`, link)
  }),
  swapped,
}
