// Governor settings
//
// Owns:   the numbers by which calls are spread, repeated and given up.
//
// N1. Falling back does not need all tries to be used up: with another model in the chain it is asked after
//     `fallBackAfter`, and the tries that are left stay for a later round.

import { z } from 'zod'
import { breakerSettingsSchema } from './breaker.ts'

const ms = z.int().positive()

export const governorSettingsSchema = z
  .object({
    /** Of one model for one question. A probe of an open breaker is not counted. */
    tries: z.int().positive().default(6),
    /** Failed tries after which the next model of the chain is asked, when there is one. */
    fallBackAfter: z.int().positive().default(2),
    firstBackoffMs: ms.default(1_000),
    mostBackoffMs: ms.default(60_000),
    /** A vendor that asks to wait longer pauses its model: nobody sleeps so long in a call. */
    longestWaitMs: ms.default(120_000),
    /** Of one try. */
    callMs: ms.default(10 * 60_000),
    idleMs: ms.default(2 * 60_000),
    /** Of a question with all its tries and all that it waited. */
    deadlineMs: ms.default(30 * 60_000),
    concurrency: z
      .object({ first: z.int().positive().default(8), most: z.int().positive().default(64) })
      .prefault({}),
    /** Maximum sent in a minute, whatever the vendor allows. */
    requestsPerMinute: z.int().positive().optional(),
    tokensPerMinute: z.int().positive().optional(),
    breaker: breakerSettingsSchema.prefault({}),
  })
  .refine(({ tries, fallBackAfter }) => fallBackAfter <= tries, {
    path: ['fallBackAfter'],
    error: 'fall-back-after is more than tries: it would never be reached',
  })
export type GovernorSettings = z.infer<typeof governorSettingsSchema>
