// Bench
//
// Owns:   running one benchmark by name and printing its figures: `npm run bench -- NAME [--json] [--quick]`.
// Leaves: what is measured (one file each, exporting `title` and `run`).

import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

interface BenchOptions {
  /** Fewer rounds: a look, not a figure. */
  readonly quick: boolean
  /** Where local copies of libraries are. */
  readonly from?: string
  /** What was named after the benchmark. */
  readonly only: readonly string[]
}

interface Bench {
  readonly title: string
  run(options: BenchOptions): Promise<Readonly<Record<string, unknown>>>
}

const here = dirname(fileURLToPath(import.meta.url))
const names = readdirSync(here)
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => file.slice(0, -3))

function read(args: string[]) {
  return parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: 'boolean' }, quick: { type: 'boolean' }, from: { type: 'string' } },
  })
}

function refuse(problem: string): number {
  process.stderr.write(
    `bench: ${problem}\nUsage: npm run bench -- NAME [WHAT...] [--json] [--quick] [--from DIR]\n`,
  )
  process.stderr.write(`Names: ${names.join(', ')}\n`)
  return 2
}

async function main(args: string[]): Promise<number> {
  let given: ReturnType<typeof read>
  try {
    given = read(args)
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
  const [name = '', ...only] = given.positionals
  if (!names.includes(name)) return refuse(`no benchmark is called '${name}'`)
  const { json = false, quick = false, from } = given.values
  const bench = (await import(pathToFileURL(join(here, `${name}.ts`)).href)) as Bench
  if (!json) process.stderr.write(`${bench.title}\n`)
  const figures = await bench.run({ quick, only, ...(from !== undefined && { from }) })
  process.stdout.write(`${JSON.stringify({ bench: name, ...figures }, null, json ? 0 : 2)}\n`)
  return 0
}

// An end by exit takes the started programs along.
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))

process.exit(await main(process.argv.slice(2)))
