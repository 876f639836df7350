// Find llama.cpp's server
//
// Finds `llama-server` on the PATH, or in Canopy's cache, or fetches it there from Debian's suite `forky`, as nats-server is found.
// Leaves: starting it (start-llama.ts).
//
// L1. Only a server that told its version counts as found.
// L2. The folder in the cache appears by one rename; nothing outside the cache is written.

import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'
import { cacheRoot, privateFolder, unpackDebianPackages } from '../../../programs/index.ts'

/** How the server is run: a program, its first arguments, and variables. */
export interface LlamaProgram {
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

export type LlamaFound =
  | { readonly kind: 'found'; readonly program: LlamaProgram; readonly version: string }
  | { readonly kind: 'missing'; readonly reason: string }

const SUITE = 'forky'
/** With the libraries it was built for: those of an older Debian do not do. */
const PACKAGES = [
  'llama.cpp-tools',
  'libllama0',
  'libggml0',
  'libc6',
  'libstdc++6',
  'libgcc-s1',
  'libgomp1',
  'libssl3t64',
  'zlib1g',
  'libzstd1',
]
const PROBE_MS = 20_000

/** Never throws for what the machine or the network lacks. */
export async function findLlama(): Promise<LlamaFound> {
  for (const folder of (process.env.PATH ?? '').split(delimiter).filter((each) => each.startsWith('/'))) {
    const file = join(folder, 'llama-server')
    if (!existsSync(file)) continue
    const found = await probed({ file, args: [], env: {} })
    if (found.kind === 'found') return found
  }
  if (process.platform !== 'linux')
    return {
      kind: 'missing',
      reason: 'llama-server is not on the PATH, and there is no package for this platform',
    }
  try {
    const folder = privateFolder(join(cacheRoot(process.env), 'llama'))
    const root = join(folder, SUITE)
    if (existsSync(root)) {
      const found = await probed(await programIn(root))
      if (found.kind === 'found') return found
      await rm(root, { recursive: true, force: true })
    }
    return await fetched(folder, root)
  } catch (error) {
    return { kind: 'missing', reason: (error as Error).message }
  }
}

async function fetched(folder: string, root: string): Promise<LlamaFound> {
  process.stderr.write(`fetching llama.cpp's server from Debian's suite ${SUITE}\n`)
  const room = await mkdtemp(join(folder, '.fetching-'))
  try {
    const unpacked = await unpackDebianPackages(PACKAGES, room, SUITE)
    if (unpacked.kind === 'failed') return { kind: 'missing', reason: unpacked.reason }
    // Another process may have been quicker.
    await rename(unpacked.path, root).catch(() => {})
    return await probed(await programIn(root))
  } finally {
    await rm(room, { recursive: true, force: true })
  }
}

/** The server with the loader and the libraries of its own packages. */
async function programIn(root: string): Promise<LlamaProgram> {
  const files = (await readdir(root, { recursive: true, withFileTypes: true })).filter((each) =>
    each.isFile(),
  )
  const find = (pattern: RegExp): string | undefined => {
    const found = files
      .filter(({ name }) => pattern.test(name))
      .map((each) => join(each.parentPath, each.name))
    return found.toSorted()[0]
  }
  const server = join(root, 'usr', 'bin', 'llama-server')
  const loader = find(/^ld-linux.*\.so\.\d+$/)
  const libraries = find(/^libc\.so\.6$/)
  const backend = find(/^libggml-cpu-x64\.so$/) ?? find(/^libggml-cpu.*\.so$/)
  if (!loader || !libraries || !backend)
    throw new Error(`${root}: the packages have another layout than expected`)
  const folder = join(libraries, '..')
  return {
    file: loader,
    args: ['--library-path', `${folder}:${join(folder, 'llama')}`, server],
    env: { GGML_BACKEND_PATH: backend },
  }
}

/** L1. */
async function probed(program: LlamaProgram): Promise<LlamaFound> {
  const { file, args, env } = program
  const run = await execa(file, [...args, '--version'], { env, all: true, reject: false, timeout: PROBE_MS })
  const said = String(run.all ?? '')
  const version = said.split('\n').find((line) => line.startsWith('version:'))
  if (run.failed || version === undefined)
    return { kind: 'missing', reason: `${file} does not run (${said.slice(-200) || run.shortMessage})` }
  return { kind: 'found', program, version: version.replace(/^version:\s*/, '') }
}
