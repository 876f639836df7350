// Bench
//
// Owns:   running one benchmark by name and printing its figures: `npm run bench -- NAME [--json]`.
// Leaves: what is measured (one file each, exporting `title` and `run`).

import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

interface Bench {
  readonly title: string
  run(options: { readonly quick: boolean }): Promise<Readonly<Record<string, unknown>>>
}

const here = dirname(fileURLToPath(import.meta.url))
const names = readdirSync(here)
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => file.slice(0, -3))

async function main([name, ...flags]: string[]): Promise<number> {
  const unknown = flags.find((flag) => flag !== '--json' && flag !== '--quick')
  if (name === undefined || !names.includes(name) || unknown) {
    const problem = unknown ? `unknown option '${unknown}'` : `no benchmark is called '${name ?? ''}'`
    process.stderr.write(`bench: ${problem}\nUsage: npm run bench -- ${names.join('|')} [--json] [--quick]\n`)
    return 2
  }
  const bench = (await import(pathToFileURL(join(here, `${name}.ts`)).href)) as Bench
  if (!flags.includes('--json')) process.stderr.write(`${bench.title}\n`)
  const figures = await bench.run({ quick: flags.includes('--quick') })
  process.stdout.write(
    `${JSON.stringify({ bench: name, ...figures }, null, flags.includes('--json') ? 0 : 2)}\n`,
  )
  return 0
}

process.exit(await main(process.argv.slice(2)))
