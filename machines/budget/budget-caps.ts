// Budget caps
//
// The caps as the configuration writes them, their defaults, and reading `5usd` and `300k tokens`.
// Leaves: spent amounts (budget-ledger.ts).
//
// K1. A dimension without a value has no cap. Amounts are whole numbers: microdollars, tokens, milliseconds.

import { z } from 'zod'

const most = z.number().nonnegative()

export const capSchema = z.strictObject({
  usd: most.max(1_000_000).optional(),
  tokens: z.int().nonnegative().optional(),
  /** Of wall time while anybody works. */
  minutes: most.max(1_000_000).optional(),
  /** Of commands in the sandbox. */
  computeSeconds: most.max(100_000_000).optional(),
})
export type Cap = z.infer<typeof capSchema>

/** From the widest to the narrowest. */
export const scopes = ['run', 'milestone', 'task', 'attempt'] as const
export type BudgetScope = (typeof scopes)[number]

/** Caps of a run, of each of its milestones, tasks and attempts; `alerts`: the percents that are told. */
export const budgetSchema = z.strictObject({
  run: capSchema.optional(),
  milestone: capSchema.optional(),
  task: capSchema.optional(),
  attempt: capSchema.optional(),
  alerts: z.array(z.number().positive().max(100)).default([50, 80, 100]),
})
export type Budget = z.infer<typeof budgetSchema>

/**
 * Without a model nothing costs money, and there is no cap. With one, the default is 5 US dollars: enough to judge in
 * one evening whether more is worthwhile. A raised cap goes on with the work already paid for, so a cap that is too
 * small costs only a pause. An attempt gets a tenth, so that one that never ends leaves the rest to the others; a task
 * gets enough for its three attempts and two by other assignees.
 */
export function defaultBudget(withModel: boolean): Budget {
  return budgetSchema.parse(withModel ? { run: { usd: 5 }, task: { usd: 2.5 }, attempt: { usd: 0.5 } } : {})
}

/** The dimensions of a cap, each in its whole unit. */
export interface Amounts {
  readonly tokens: number
  readonly microdollars: number
  readonly computeMs: number
  readonly ms: number
}
export type Dimension = keyof Amounts

export const nothing: Amounts = { tokens: 0, microdollars: 0, computeMs: 0, ms: 0 }

export const units = {
  microdollars: { of: 'usd', unit: 1_000_000 },
  tokens: { of: 'tokens', unit: 1 },
  ms: { of: 'minutes', unit: 60_000 },
  computeMs: { of: 'computeSeconds', unit: 1_000 },
} as const satisfies Record<Dimension, { of: keyof Cap; unit: number }>

export const dimensions = Object.keys(units) as Dimension[]

/** A cap in whole units (K1); undefined without a cap. */
export function limitOf(cap: Cap | undefined, dimension: Dimension): number | undefined {
  const { of, unit } = units[dimension]
  const said = cap?.[of]
  return said === undefined ? undefined : Math.round(said * unit)
}

/** The higher value of each; a dimension without a cap stays without one. */
export function raisedCap(cap: Cap | undefined, to: Cap): Cap {
  const raised = Object.entries(cap ?? {}).map(([of, said]) => [
    of,
    Math.max(said ?? 0, to[of as keyof Cap] ?? 0),
  ])
  return Object.fromEntries(raised) as Cap
}

/** `4.93 usd`, `300000 tokens`, `12.5 minutes`, `90 s of commands`. */
export function amountText(dimension: Dimension, amount: number): string {
  const said = amount / units[dimension].unit
  switch (dimension) {
    case 'microdollars':
      return `${said.toFixed(amount % 10_000 === 0 ? 2 : amount % 100 === 0 ? 4 : 6)} usd`
    case 'tokens':
      return `${said} tokens`
    case 'ms':
      return `${Math.round(said * 10) / 10} minutes`
    case 'computeMs':
      return `${Math.round(said * 10) / 10} s of commands`
    default:
      return dimension satisfies never
  }
}

export type ReadCap =
  | { readonly ok: true; readonly cap: Cap }
  | { readonly ok: false; readonly reason: string }

const PART = /^(\$?)\s*(\d[\d_]*(?:\.\d+)?|\.\d+)\s*(.*)$/
const EXPECTED =
  'expected amounts like 5usd, 300k tokens, 90 minutes or 600 compute-seconds, separated by commas'

const named: Readonly<Record<string, readonly [of: keyof Cap, times: number]>> = {
  ...namesOf('usd', 1, ['usd', 'dollar', 'dollars', '$']),
  ...namesOf('tokens', 1, ['token', 'tokens']),
  ...namesOf('tokens', 1e3, ['k tokens', 'thousand tokens']),
  ...namesOf('tokens', 1e6, ['m tokens', 'million tokens']),
  ...namesOf('minutes', 1, ['min', 'minute', 'minutes']),
  ...namesOf('minutes', 60, ['h', 'hour', 'hours']),
  ...namesOf('computeSeconds', 1, ['compute-second', 'compute-seconds', 'compute-s']),
  ...namesOf('computeSeconds', 60, ['compute-minute', 'compute-minutes', 'compute-min']),
}

/** Parses an option: `5usd`, `2.50 usd, 300k tokens`. */
export function readCap(text: string): ReadCap {
  const read = text.split(/[,;]/).map((part) => readAmount(part.trim()))
  const wrong = read.find((each) => typeof each === 'string')
  if (typeof wrong === 'string') return { ok: false, reason: wrong }
  const amounts = read.filter((each) => typeof each !== 'string')
  const twice = amounts.find(([of], at) => amounts.findIndex(([other]) => other === of) < at)
  if (twice) return { ok: false, reason: `${twice[0]} is said twice; say it once` }
  const cap = capSchema.safeParse(Object.fromEntries(amounts))
  if (cap.success) return { ok: true, cap: cap.data }
  const { path, message } = cap.error.issues[0] ?? { path: [], message: 'is no amount' }
  return { ok: false, reason: `${path.join('.')}: ${message}; ${EXPECTED}` }
}

function readAmount(part: string): readonly [keyof Cap, number] | string {
  const [, dollar = '', number = '', rest = ''] = PART.exec(part) ?? []
  const name = `${dollar}${rest.toLowerCase()}`
  const [of, times] = (Object.hasOwn(named, name) && named[name]) || []
  if (of === undefined || times === undefined) return `${JSON.stringify(part)} is no amount; ${EXPECTED}`
  return [of, Number((Number(number.replaceAll('_', '')) * times).toFixed(6))]
}

function namesOf(of: keyof Cap, times: number, names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, [of, times] as const]))
}
