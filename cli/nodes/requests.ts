// Requests
//
// Owns:   what a node asks of the process that has the repository, as verbs of its control: what goes in, what comes out.

import { z } from 'zod'

const object = z.string().min(1)
const commit = z.string().regex(/^[0-9a-f]{40,64}$/)

export const requests = {
  /** Is answered when the pool has been told. */
  'node-join': {
    input: z.object({ name: z.string(), epoch: z.number(), build: z.string() }),
    output: z.object({ pool: z.string(), seed: z.number() }),
  },
  /** Is answered when the pool has been told. */
  'node-leave': { input: z.object({ name: z.string(), epoch: z.number() }), output: z.unknown() },
  /** The commit that the tasks of a round start from. */
  'node-start': {
    input: z.object({ milestone: z.string(), round: z.int().positive() }),
    output: z.object({ commit }),
  },
  /** A bundle of a commit, less what is in one that is known. */
  'node-code': {
    input: z.object({ commit, known: commit.nullable() }),
    output: z.object({ object }),
  },
  /** What was surveyed, and the dependencies; these only on demand, since they are large. */
  'node-site': {
    input: z.object({ head: commit, archives: z.boolean() }),
    output: z.object({
      host: z.string(),
      survey: object,
      key: z.string(),
      archives: z.array(z.object({ root: z.string(), object })),
    }),
  },
  /** The branch arms of a module that some test takes. */
  'node-taken': {
    input: z.object({ head: commit, commit, module: z.string() }),
    output: z.object({
      arms: z.array(z.object({ line: z.number(), column: z.number(), arm: z.number() })),
    }),
  },
} as const

export type RequestName = keyof typeof requests
export type RequestInput<Name extends RequestName> = z.infer<(typeof requests)[Name]['input']>
export type RequestOutput<Name extends RequestName> = z.infer<(typeof requests)[Name]['output']>
