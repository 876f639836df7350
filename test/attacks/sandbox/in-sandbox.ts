// A folder of an attack's own, and commands run there in the real sandbox.

import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type BubblewrapOptions,
  bubblewrap,
  type Command,
  type CommandEnding,
} from '../../../workspace/index.ts'
import { findBwrap } from '../../workspace/find-bwrap.ts'
import { type AttackResult, couldNotRun, refused, succeeded } from '../attack.ts'

export interface Place {
  /** Writable in the sandbox. */
  readonly folder: string
  /** Beside it; not shown unless a command says so. */
  readonly outside: string
  run(argv: readonly string[], more?: Partial<Command>): Promise<CommandEnding>
  shell(script: string, more?: Partial<Command>): Promise<CommandEnding>
  node(script: string, more?: Partial<Command>): Promise<CommandEnding>
}

export async function inPlace(
  act: (place: Place) => Promise<AttackResult>,
  options: Omit<BubblewrapOptions, 'path'> = {},
): Promise<AttackResult> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'canopy-attack-')))
  const folder = realpathSync(mkdtempSync(join(root, 'worktree-')))
  const outside = realpathSync(mkdtempSync(join(root, 'outside-')))
  const sandbox = bubblewrap({ path: findBwrap(), ...options })
  const run: Place['run'] = (argv, more) =>
    sandbox.run({ argv, cwd: folder, writable: [folder], timeoutMs: 30_000, ...more })
  const shell: Place['shell'] = (script, more) => run(['/bin/sh', '-c', script], more)
  const node: Place['node'] = (script, more) => run([process.execPath, '-e', script], more)
  try {
    return await act({ folder, outside, run, shell, node })
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** Refused when the script is ended for a limit, or ends before it says GOT. */
export function playPython(script: string, limits: Partial<Command>, gain: string): Promise<AttackResult> {
  return inPlace(async ({ run }) => {
    const ending = await run(['/usr/bin/env', 'python3', '-c', script], limits)
    if (ending.kind === 'exceeded') return refused(`ended: ${ending.limit}`)
    const said = printed(ending)
    if (said.includes('python3: No such')) return couldNotRun('it needs python3 in /usr')
    return said.includes('GOT') ? succeeded(gain) : refused(said.trim().split('\n').at(-1) ?? '')
  })
}

/** What it printed; throws when it did not end by itself. */
export function printed(ending: CommandEnding): string {
  if (ending.kind !== 'exited') throw new Error(`the attack's command did not end: ${JSON.stringify(ending)}`)
  return `${ending.stdout}${ending.stderr}`
}
