// Programs folder
//
// The folder that worktrees of a Python repository have in the place of `node_modules`: in `.bin` the programs of its
// environment, so that they come first on the PATH of each command.
//
// F1. The environment may have the repository installed from the user's checkout (`pip install -e .`). Each program is
//     started with the worktree first on Python's own path, so that the worktree's code is run.

import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { shellWord } from '../../machines/index.ts'
import { makeOnce, recordReadable } from '../dependencies.ts'
import { type DataPlaces, digest } from '../places.ts'
import type { PythonEnvironment } from './environment.ts'

const FORMAT = 'python-1'

/** `sources`: the folders of importable code, relative to the worktree; '' is its top. */
export async function makeProgramsFolder(
  { dependencies: cache }: Pick<DataPlaces, 'dependencies'>,
  environment: PythonEnvironment,
  sources: readonly string[],
): Promise<string> {
  const names = await programNames(environment)
  const packages = Object.entries(environment.packages).map(([name, version]) => `${name}==${version}`)
  const { program, version } = environment
  const place = join(
    cache,
    digest(FORMAT, program, version, ...sources, '', ...names, '', ...packages.sort()),
  )
  await makeOnce(place, async (folder) => {
    const bin = join(folder, 'node_modules/.bin')
    await mkdir(bin, { recursive: true })
    for (const name of names) {
      const target = name.startsWith('python') ? program : join(environment.bin, name)
      await writeFile(join(bin, name), starter(target, sources), { mode: 0o755 })
    }
  })
  await recordReadable(cache, place, [place, ...environment.readable])
  return join(place, 'node_modules')
}

/** Of an installation of the system only Python itself: its programs are on the PATH anyway. */
async function programNames({ bin, program, readable }: PythonEnvironment): Promise<string[]> {
  const isShown = readable.some((folder) => program.startsWith(`${folder}/`))
  const there = isShown ? await readdir(bin) : []
  const plain = there.filter((name) => /^[\w.-]+$/.test(name) && !/^activate\b/i.test(name))
  return [...new Set(['python', 'python3', ...plain])].sort()
}

/** F1. */
function starter(target: string, sources: readonly string[]): string {
  const path = sources.map((folder) => (folder === '' ? '$root' : `$root/${folder}`)).join(':')
  return `#!/bin/sh
root=\${0%/node_modules/.bin/*}
PYTHONPATH="${path}\${PYTHONPATH:+:$PYTHONPATH}" PYTHONDONTWRITEBYTECODE=1 exec ${shellWord(target)} "$@"
`
}
