// Clone at: one commit of a repository, complete, in a folder of its own.

import { join, resolve } from 'node:path'
import { execa } from 'execa'

/** A local copy below `from` (`<owner>+<name>/repo`), or the repository on GitHub. */
export function originOf(name: string, from: string | undefined): string {
  return from ? join(resolve(from), name.replace('/', '+'), 'repo') : `https://github.com/${name}`
}

/** Fails when files are missing, as in a copy that git fetched in part. */
export async function cloneAt(origin: string, commit: string, place: string): Promise<string> {
  await execa('git', ['clone', '--quiet', '--no-checkout', origin, place])
  await execa('git', ['checkout', '--quiet', '--detach', commit], { cwd: place })
  const { stdout } = await execa('git', ['status', '--porcelain', '--untracked-files=no'], { cwd: place })
  if (stdout !== '') throw new Error(`${origin} is not complete: ${stdout.split('\n')[0]}`)
  return place
}
