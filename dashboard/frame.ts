// Frame
//
// Owns:   what a running system is expected to tell who inspects it.
//
// F1. Received frames are checked: the sender may be another version.

import { z } from 'zod'

const address = z.string().min(1)

const actorSchema = z.object({
  address,
  kind: z.string(),
  parent: address.nullable(),
  incarnation: z.number(),
  sequence: z.number(),
  status: z.enum(['active', 'done', 'error', 'stopped']),
  value: z.unknown(),
  context: z.unknown(),
  output: z.unknown().optional(),
})
export type ReceivedActor = z.infer<typeof actorSchema>

const eventSchema = z.object({
  to: address,
  from: address.optional(),
  event: z.looseObject({ type: z.string() }),
  sequence: z.number(),
  crashed: z.literal(true).optional(),
})
export type ReceivedEvent = z.infer<typeof eventSchema>

export const frameSchema = z.object({
  source: z.string(),
  number: z.int(),
  actors: z.array(actorSchema),
  events: z.array(eventSchema),
  gone: z.array(address),
  dropped: z.object({ snapshots: z.number(), events: z.number() }),
})
export type ReceivedFrame = z.infer<typeof frameSchema>
