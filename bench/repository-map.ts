// Repository map: what a map of a repository takes the first time, for other words on the same tree, and for the same words
// again; and how long the main thread stands still meanwhile. Files are made up: modules of a few functions that use each
// other's, as many as asked for.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { repositoryMap } from '../analysis/index.ts'
import { round2 } from './parts/figures.ts'

export const title =
  'a map of a repository: first, other words on the same tree, the same again; in milliseconds'

export async function run({ quick }: { readonly quick: boolean }) {
  const root = await mkdtemp(join(tmpdir(), 'canopy-bench-map-'))
  try {
    const files = await makeFiles(root, quick ? 200 : 2_000)
    const order = { root, files, budgetTokens: 4_096 }
    // The thread and the compiler are there; that is paid once.
    await repositoryMap({ ...order, files: files.slice(0, 1), mentioned: [] })
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    const first = await timed(() => repositoryMap({ ...order, tree: 'one', mentioned: ['make1'] }))
    delay.disable()
    const otherWords = await timed(() => repositoryMap({ ...order, tree: 'one', mentioned: ['make2'] }))
    const again = await timed(() => repositoryMap({ ...order, tree: 'one', mentioned: ['make1'] }))
    return {
      files: files.length,
      first_ms: round2(first),
      other_words_ms: round2(otherWords),
      again_ms: round2(again),
      ms_per_1000_files: round2((first / files.length) * 1_000),
      ratio: round4(again / first),
      other_words_ratio: round4(otherWords / first),
      longest_stall_ms: round2(delay.max / 1e6),
    }
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

/** What is kept is thousands of times as fast: two digits would be none. */
function round4(value: number): number {
  return Math.round(value * 10_000) / 10_000
}

async function makeFiles(root: string, count: number): Promise<string[]> {
  const files: string[] = []
  for (let at = 0; at < count; at += 1) {
    const folder = `src/part${Math.floor(at / 50)}`
    if (at % 50 === 0) await mkdir(join(root, folder), { recursive: true })
    files.push(`${folder}/m${at}.ts`)
    await writeFile(join(root, `${folder}/m${at}.ts`), moduleOf(at, count))
  }
  return files
}

function moduleOf(at: number, count: number): string {
  const uses = [(at * 7 + 1) % count, (at * 13 + 5) % count].filter((other) => other !== at)
  const imports = uses.map(
    (other) => `import { make${other} } from '../part${Math.floor(other / 50)}/m${other}.ts'`,
  )
  const functions = Array.from({ length: 6 }, (_, n) => {
    const name = n === 0 ? `make${at}` : `step${n}Of${at}`
    const calls = uses.map((other) => `make${other}(one, two)`).join(' + ')
    return `export function ${name}(one: number, two: string): number {
  const parts = two.split(',').map((part) => part.trim().length)
  if (parts.length > ${n}) return one + parts.reduce((sum, part) => sum + part, 0)
  return ${calls || 'one'}
}`
  })
  return `${imports.join('\n')}\n\n${functions.join('\n\n')}\n`
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now()
  await work()
  return performance.now() - since
}
