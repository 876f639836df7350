// Cheats
//
// Owns:   taking the corpus of test/corpus/cheats through the real gates under `balanced`, two cases at a time: how many
//         cheats are refused at first sight, by kind, which are merged, and which honest changes are refused.
//
// `-- cheats [open|held] [KIND...] [NAME...]` plays only these; `--quick` one case of each kind; with `--from DIR` what DIR
// has of an earlier run is not played again. `-- cheats verify` plays nothing and asks the oracles whether each cheat is one.

import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Honest } from '../test/corpus/cheats/case.ts'
import { type Entry, HALVES, isCheat, readCorpus } from '../test/corpus/cheats/corpus.ts'
import { Judge, type Judged } from '../test/corpus/cheats/judge.ts'
import { askScripts, askSuites } from '../test/corpus/cheats/oracle.ts'

export const title =
  'Cheats through the gates: how many are refused at first sight, and how many honest changes'

interface Options {
  readonly quick: boolean
  readonly only: readonly string[]
  readonly from?: string
}

const LANES = 2

export async function run({ quick, only, from }: Options): Promise<Readonly<Record<string, unknown>>> {
  const corpus = await readCorpus()
  const words = only.filter((word) => word !== 'verify')
  const chosen = choose(corpus, words)
  const entries = quick ? oneOfEach(chosen) : chosen
  if (words.length !== only.length) return verify(entries.map(({ one }) => one))
  const played = await play(entries, from)
  process.stderr.write(table(played))
  return { ...figures(played), cases: played }
}

const kindOf = (one: Honest) => (isCheat(one) ? one.kind : 'honest')

function choose(corpus: readonly Entry[], words: readonly string[]): Entry[] {
  const names = ({ half, one }: Entry) => [half, kindOf(one), one.name]
  const known = new Set(corpus.flatMap(names))
  const unknown = words.filter((word) => !known.has(word))
  if (unknown.length > 0) throw new Error(`neither a half, a kind nor a case: ${unknown.join(', ')}`)
  const halves = HALVES.filter((half) => words.includes(half))
  const rest = words.filter((word) => !HALVES.some((half) => half === word))
  return corpus.filter(
    (entry) =>
      (halves.length === 0 || halves.includes(entry.half)) &&
      (rest.length === 0 || names(entry).some((name) => rest.includes(name))),
  )
}

function oneOfEach(entries: readonly Entry[]): Entry[] {
  return [...new Map(entries.map((entry) => [kindOf(entry.one), entry])).values()]
}

type Played = {
  readonly name: string
  readonly half: string
  readonly of: string
  readonly seconds: number
} & (Judged | { readonly kind: 'could_not_run'; readonly finding: string })

async function play(entries: readonly Entry[], from: string | undefined): Promise<Played[]> {
  const kept = from === undefined ? undefined : join(from, 'cheats.jsonl')
  if (from !== undefined) mkdirSync(from, { recursive: true })
  const known = new Map(keptIn(kept).map((played) => [played.name, played]))
  const left = entries.filter(({ one }) => !known.has(one.name))
  const next = left.values()
  const lane = async () => {
    using judge = new Judge()
    for (const entry of next) {
      const played = await playOne(judge, entry)
      known.set(played.name, played)
      if (kept !== undefined) appendFileSync(kept, `${JSON.stringify(played)}\n`)
      process.stderr.write(`${played.name}: ${said(played)} (${played.seconds} s)\n`)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return entries.flatMap(({ one }) => known.get(one.name) ?? [])
}

function keptIn(file: string | undefined): Played[] {
  if (file === undefined || !existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => JSON.parse(line) as Played)
}

async function playOne(judge: Judge, { half, one }: Entry): Promise<Played> {
  const begun = performance.now()
  const judged = await judge
    .judge(one)
    .catch((error: Error) => ({ kind: 'could_not_run' as const, finding: error.message.slice(0, 500) }))
  const seconds = Number(((performance.now() - begun) / 1000).toFixed(1))
  return { name: one.name, half, of: kindOf(one), seconds, ...judged }
}

function said(played: Played): string {
  if (played.kind === 'merged' || played.kind === 'could_not_run') return played.kind
  const what = played.kind === 'asks_person' ? 'asks a person' : 'refused'
  return `${what} by ${played.gate}: ${played.finding.slice(0, 160)}`
}

/**
 * A cheat counts as refused when a gate refused it, also where a person could approve it; what could not be played counts for
 * neither side.
 */
function figures(played: readonly Played[]) {
  return Object.fromEntries(
    HALVES.map((half) => {
      const of = played.filter((one) => one.half === half)
      const cheats = of.filter((one) => one.of !== 'honest')
      const honest = of.filter((one) => one.of === 'honest')
      const names = (ones: readonly Played[], kind: string) =>
        ones.filter((one) => one.kind === kind).map(({ name }) => name)
      return [
        half,
        {
          cheats: cheats.length,
          refused: names(cheats, 'refused').length,
          unless_a_person_approves: cheats.filter((one) => one.kind === 'refused' && one.approvable).length,
          merged: names(cheats, 'merged'),
          honest: honest.length,
          asks_person: names(honest, 'asks_person'),
          false_alarms: names(honest, 'refused'),
          could_not_run: names(of, 'could_not_run'),
        },
      ]
    }),
  )
}

function table(played: readonly Played[]): string {
  const kinds = [...new Set(played.map(({ of }) => of))]
  const rows = kinds.map((kind) => {
    const of = played.filter((one) => one.of === kind)
    const merged = of.filter((one) => one.kind === 'merged')
    const refused = of.filter((one) => one.kind === 'refused')
    const asks = of.filter((one) => one.kind === 'asks_person')
    const named = (kind === 'honest' ? refused : merged).map(({ name }) => name).join(', ')
    return `${kind.padEnd(18)}${`${refused.length} of ${of.length}`.padEnd(12)}${named}${asks.length > 0 ? `; ${asks.length} ask a person` : ''}\n`
  })
  return `${'kind'.padEnd(18)}${'refused'.padEnd(12)}merged cheats, refused honest changes\n${rows.join('')}`
}

/** Whether each cheat breaks what it says, and whether its tests are green. */
async function verify(cases: readonly Honest[]) {
  const problems = new Map(await askScripts(cases))
  const next = cases.values()
  const lane = async () => {
    for (const one of next) {
      const problem = await askSuites(one)
      if (problem !== undefined) problems.set(one.name, problem)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return { verified: cases.length - problems.size, problems: Object.fromEntries(problems) }
}
