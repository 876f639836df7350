// Requests
//
// Owns:   the requests of a node to the process with the repository, as control verbs with their input and output.

import { z } from 'zod'
import { branchSchema, commitSchema, idSchema, modelsInUseSchema, pathSchema } from '../../machines/index.ts'
import { payloadSchema } from './question.ts'

/** Every name that comes over the wire is an id or hexadecimal: none is a path, an option of git or a reference. */
const commit = commitSchema
const object = z.string().regex(/^(code|survey|dependencies)(\/([0-9a-f]{40,64}|\d|whole)){1,2}$/)
const name = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,28}[a-z0-9])?$/)
const unit = z.string().regex(/^node-[a-z0-9-]{1,30}-\d{1,16}$/)
/** Of a model call: an idempotency key. */
const callKey = z.string().regex(/^[\x21-\x7e]{1,1000}$/)
const root = z.string().regex(/^\/[^\0]{0,4000}$/)

export const requests = {
  /** Is answered when the pool has been told. */
  'node-join': {
    input: z.object({ name, epoch: z.int().nonnegative(), build: z.string().max(200) }),
    output: z.object({
      pool: z.string(),
      seed: z.number(),
      /** What agents have to know; null: there are none. */
      agents: z.object({ budget: z.string(), models: modelsInUseSchema }).nullable().default(null),
    }),
  },
  /** A consumer for the mail of its life, made anew; answers when the stream was made that has the mail. */
  'node-mail': {
    input: z.object({ epoch: z.int().positive() }),
    output: z.object({ made: z.string() }),
  },
  /** Is answered when the pool has been told. */
  'node-leave': { input: z.object({ name, epoch: z.int().nonnegative() }), output: z.unknown() },
  /** The commit that the tasks of a round start from. */
  'node-start': {
    input: z.object({ milestone: idSchema, round: z.int().positive() }),
    output: z.object({ commit }),
  },
  /** Where a milestone is. */
  'node-milestone': {
    input: z.object({ milestone: idSchema }),
    output: z.object({ milestone: idSchema, start: commit, branch: branchSchema, tip: commit }),
  },
  /** A commit with what an earlier attempt handed in, on this one; null: it does not fit. */
  'node-carry': {
    input: z.object({ milestone: idSchema, task: idSchema, commit, carry: commit }),
    output: z.object({ commit: commit.nullable() }),
  },
  /** A bundle of a commit, without the objects of a known one. */
  'node-code': {
    input: z.object({ commit, known: commit.nullable() }),
    output: z.object({ object }),
  },
  /** The survey, and on demand the dependencies, which are large. */
  'node-site': {
    input: z.object({ head: commit, archives: z.boolean() }),
    output: z.object({
      host: z.string(),
      survey: object,
      key: z.string().regex(/^[0-9a-f]{64}$/),
      archives: z.array(z.object({ root, object })).max(8),
    }),
  },
  /** The branch arms of a module that some test takes. */
  'node-taken': {
    input: z.object({ head: commit, commit, module: pathSchema }),
    output: z.object({
      arms: z.array(z.object({ line: z.number(), column: z.number(), arm: z.number() })),
    }),
  },
  /** What a model says; is answered after a while in any case, and asked again until it has said it. */
  'model-ask': {
    input: z.object({ node: unit, key: callKey, question: payloadSchema.optional() }),
    output: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('answered'), answer: payloadSchema }),
      z.object({ kind: z.literal('pending') }),
      /** Nothing of this key is being asked: the question has to come with it. */
      z.object({ kind: z.literal('unknown') }),
    ]),
  },
  /** Nobody waits for it any more. */
  'model-drop': { input: z.object({ node: unit, key: callKey }), output: z.unknown() },
} as const

export type RequestName = keyof typeof requests
export type RequestInput<Name extends RequestName> = z.infer<(typeof requests)[Name]['input']>
export type RequestOutput<Name extends RequestName> = z.infer<(typeof requests)[Name]['output']>
