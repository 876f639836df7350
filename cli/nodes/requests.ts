// Requests
//
// Owns:   what a node asks of the process that has the repository, as verbs of its control: what goes in, what comes out.

import { z } from 'zod'
import { modelsInUseSchema } from '../../machines/index.ts'
import { parcelSchema } from './question.ts'

const object = z.string().min(1)
const commit = z.string().regex(/^[0-9a-f]{40,64}$/)

export const requests = {
  /** Is answered when the pool has been told. */
  'node-join': {
    input: z.object({ name: z.string(), epoch: z.number(), build: z.string() }),
    output: z.object({
      pool: z.string(),
      seed: z.number(),
      /** What agents have to know; null: there are none. */
      agents: z.object({ budget: z.string(), models: modelsInUseSchema }).nullable().default(null),
    }),
  },
  /** Is answered when the pool has been told. */
  'node-leave': { input: z.object({ name: z.string(), epoch: z.number() }), output: z.unknown() },
  /** The commit that the tasks of a round start from. */
  'node-start': {
    input: z.object({ milestone: z.string(), round: z.int().positive() }),
    output: z.object({ commit }),
  },
  /** Where a milestone is. */
  'node-milestone': {
    input: z.object({ milestone: z.string() }),
    output: z.object({ milestone: z.string(), start: commit, branch: z.string(), tip: commit }),
  },
  /** A commit with what an earlier attempt handed in, on this one; null: it does not fit. */
  'node-carry': {
    input: z.object({ milestone: z.string(), task: z.string(), commit, carry: commit }),
    output: z.object({ commit: commit.nullable() }),
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
  /** What a model says; is answered after a while in any case, and asked again until it has said it. */
  'model-ask': {
    input: z.object({ node: z.string(), key: z.string(), question: parcelSchema.optional() }),
    output: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('answered'), answer: parcelSchema }),
      z.object({ kind: z.literal('pending') }),
      /** Nothing of this key is being asked: the question has to come with it. */
      z.object({ kind: z.literal('unknown') }),
    ]),
  },
  /** Nobody waits for it any more. */
  'model-drop': { input: z.object({ node: z.string(), key: z.string() }), output: z.unknown() },
} as const

export type RequestName = keyof typeof requests
export type RequestInput<Name extends RequestName> = z.infer<(typeof requests)[Name]['input']>
export type RequestOutput<Name extends RequestName> = z.infer<(typeof requests)[Name]['output']>
