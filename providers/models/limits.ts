// Limits
//
// Owns:   what a configuration file may say of how a provider's models are asked, and the governor's settings that it comes to.
// Leaves: what the governor does with them (governor/).
//
// L1. A model's field goes before its provider's; a field that neither sets has its default.
// L2. A file has seconds, the governor milliseconds.

import { z } from 'zod'
import { type GovernorSettings, governorSettingsSchema } from '../governor/settings.ts'

const seconds = z.number().positive().max(86_400)
const count = z.int().min(1)

/** What a configuration file may say under `limits` of a provider or a model. */
export const limitsSchema = z.strictObject({
  /** At once, of each model. */
  concurrency: count.max(1_000).optional(),
  'requests-per-minute': count.optional(),
  /** In and out together. */
  'tokens-per-minute': count.optional(),
  /** Of one model for one question. */
  tries: count.max(100).optional(),
  /** Failed tries after which the next model of the role is asked. */
  'fall-back-after': count.optional(),
  deadlines: z
    .strictObject({
      /** Of silence in a streamed answer. */
      idle: seconds.optional(),
      /** Of one try. */
      call: seconds.optional(),
      /** Of a question with all its tries and all that it waited. */
      question: seconds.optional(),
    })
    .optional(),
  /** Growing pauses between tries. */
  backoff: z.strictObject({ first: seconds.optional(), most: seconds.optional() }).optional(),
  /** A vendor that asks to wait longer pauses its model. */
  'longest-wait': seconds.optional(),
  breaker: z
    .strictObject({
      /** So many in a row within `window` open it. */
      failures: count.optional(),
      window: seconds.optional(),
      /** The first time; each further time twice as long, up to `most-open`. */
      open: seconds.optional(),
      'most-open': seconds.optional(),
      /** That have to succeed before it closes. */
      probes: count.optional(),
    })
    .optional(),
})
type LimitsInFile = z.infer<typeof limitsSchema>

/** The governor's settings for a model; a sentence for each of what does not go together. */
export function governorSettingsOf(
  provider: LimitsInFile | undefined,
  model: LimitsInFile | undefined,
): { readonly settings: GovernorSettings } | { readonly problems: readonly string[] } {
  const said = merged(provider ?? {}, model ?? {})
  const parsed = governorSettingsSchema.safeParse(inSettings(said))
  if (!parsed.success) return { problems: parsed.error.issues.map(({ message }) => message) }
  const { idleMs, callMs, deadlineMs, firstBackoffMs, mostBackoffMs, breaker } = parsed.data
  const order: readonly (readonly [string, number, string, number])[] = [
    ['deadlines.idle', idleMs, 'deadlines.call', callMs],
    ['deadlines.call', callMs, 'deadlines.question', deadlineMs],
    ['backoff.first', firstBackoffMs, 'backoff.most', mostBackoffMs],
    ['breaker.open', breaker.openMs, 'breaker.most-open', breaker.mostOpenMs],
  ]
  const problems = order.flatMap(([less, is, more, most]) =>
    is <= most ? [] : [`${less} is ${is / 1000} s; expected at most ${more}, which is ${most / 1000} s`],
  )
  return problems.length > 0 ? { problems } : { settings: parsed.data }
}

/** L1. */
function merged(provider: LimitsInFile, model: LimitsInFile): LimitsInFile {
  return {
    ...provider,
    ...model,
    deadlines: { ...provider.deadlines, ...model.deadlines },
    backoff: { ...provider.backoff, ...model.backoff },
    breaker: { ...provider.breaker, ...model.breaker },
  }
}

/** L2. */
function inSettings(said: LimitsInFile): z.input<typeof governorSettingsSchema> {
  const { deadlines = {}, backoff = {}, breaker = {} } = said
  // Fewer tries than failures after which to fall back: then it falls back with the last.
  const fallBackAfter =
    said['fall-back-after'] ?? (said.tries === undefined ? undefined : Math.min(2, said.tries))
  const concurrency = said.concurrency
  return known({
    tries: said.tries,
    fallBackAfter,
    firstBackoffMs: ms(backoff.first),
    mostBackoffMs: ms(backoff.most),
    longestWaitMs: ms(said['longest-wait']),
    callMs: ms(deadlines.call),
    idleMs: ms(deadlines.idle),
    deadlineMs: ms(deadlines.question),
    concurrency:
      concurrency === undefined ? undefined : { first: Math.min(8, concurrency), most: concurrency },
    requestsPerMinute: said['requests-per-minute'],
    tokensPerMinute: said['tokens-per-minute'],
    breaker: known({
      failures: breaker.failures,
      windowMs: ms(breaker.window),
      openMs: ms(breaker.open),
      mostOpenMs: ms(breaker['most-open']),
      probes: breaker.probes,
    }),
  })
}

function ms(inSeconds: number | undefined): number | undefined {
  return inSeconds === undefined ? undefined : Math.max(1, Math.round(inSeconds * 1_000))
}

type DefinedFields<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> }

function known<T extends object>(fields: T): DefinedFields<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as DefinedFields<T>
}
