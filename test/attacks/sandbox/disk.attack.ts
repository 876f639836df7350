// Code in the sandbox fills the disk of the machine, in ways that a limit of one file's size does not see.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { limit } from '../../machine-speed.ts'
import { type Attack, type AttackResult, refused, succeeded } from '../attack.ts'
import { inPlace, type Place } from './in-sandbox.ts'

const MB = 1024 * 1024
/** As a user sets it; the default is larger by the same measure. */
const LIMITS = { bytes: 48 * MB, files: 400 }

/** Succeeds when every one of its commands ends by itself. */
function fill(title: string, scripts: readonly string[], more?: (place: Place) => object): Attack {
  return {
    title,
    needs: ['linux'],
    play: () =>
      inPlace(
        async (place): Promise<AttackResult> => {
          for (const [round, script] of scripts.entries()) {
            const ending = await place.node(`const fs = require('node:fs')\n${script}`, more?.(place))
            if (ending.kind === 'exceeded') return refused(`${ending.limit}, in command ${round + 1}`)
            if (ending.kind !== 'exited' || ending.code !== 0) throw new Error(JSON.stringify(ending))
          }
          return succeeded('wrote all of it')
        },
        { disk: LIMITS },
      ),
  }
}

const writeMb = (path: string, mb: number) => `fs.writeFileSync('${path}', Buffer.alloc(${mb * MB}, 1))`
/** Ended at once when the limit is noticed. */
const WAIT = `setTimeout(() => {}, ${limit(10_000)})`

export const attacks: Record<string, Attack> = {
  'three-files': fill('Code writes three large files', [
    [1, 2, 3].map((n) => writeMb(`large${n}`, 24)).join(';'),
  ]),
  'many-files': fill('Code writes thousands of small files', [
    "for (let n = 0; n < 1_000; n += 1) fs.writeFileSync('small' + n, 'x')",
  ]),
  'many-folders': fill('Code makes thousands of folders', [
    "for (let n = 0; n < 1_000; n += 1) fs.mkdirSync('folder' + n)",
  ]),
  'many-links': fill('Code makes thousands of links', [
    "for (let n = 0; n < 1_000; n += 1) fs.symlinkSync('x'.repeat(200), 'link' + n)",
  ]),
  'over-several-commands': fill(
    'Code writes a little in each of several commands',
    [1, 2, 3, 4].map((n) => writeMb(`part${n}`, 16)),
  ),
  'deleted-but-open': fill('Code fills files that it has deleted and holds open', [
    `for (const name of ['a', 'b', 'c']) {
      const file = fs.openSync(name, 'w')
      fs.unlinkSync(name)
      fs.writeSync(file, Buffer.alloc(${24 * MB}, 1))
    }
    ${WAIT}`,
  ]),
  'by-a-child-that-stays': fill('A child writes when its parent has ended', [
    `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(`const fs = require('node:fs'); ${writeMb('late', 64)}`)}], { stdio: 'inherit' })`,
  ]),
  'beside-the-worktree': fill(
    'Code writes to another folder that it may write to',
    [`${writeMb('here', 24)}; fs.writeFileSync(process.env.OUT + '/there', Buffer.alloc(${32 * MB}, 1))`],
    ({ folder, outside }) => {
      mkdirSync(join(outside, 'out'), { recursive: true })
      return { writable: [folder, join(outside, 'out')], env: { OUT: join(outside, 'out') } }
    },
  ),
  'large-again': fill('Code makes a file that was there much larger', [
    writeMb('file', 1),
    `fs.appendFileSync('file', Buffer.alloc(${56 * MB}, 1))`,
  ]),
}
