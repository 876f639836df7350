// Reply
//
// Owns:   how an event asks for an answer and how a machine gives it: the event carries an address, the answer is mail.
// Leaves: who waits, and for how long (actors/ask.ts).

import { z } from 'zod'
import { type Mail, mail } from './mail.ts'
import type { Address, Event } from './messages.ts'

declare const answer: unique symbol

/** An address that waits for an answer of this type; who asks puts it into the event. */
export type ReplyTo<Answer extends Event> = Address & { readonly [answer]?: Answer }

/** The field `replyTo` of an event that is answered: `z.object({ type: z.literal('GET'), replyTo: replyTo<Total>() })`. */
export function replyTo<Answer extends Event>(): z.ZodType<ReplyTo<Answer>, ReplyTo<Answer>> {
  return z.string().min(1) as unknown as z.ZodType<ReplyTo<Answer>, ReplyTo<Answer>>
}

/** The params of `send` that answer: `{ type: 'send', params: ({ event }) => reply(event.replyTo, { ... }) }`. */
export function reply<Answer extends Event>(to: ReplyTo<Answer>, event: Answer): Mail {
  return mail(to, event)
}

/** What may be asked of an actor: its events that carry `replyTo`, without it. */
export type Question<Mail> = Mail extends { readonly type: string; readonly replyTo: string }
  ? Omit<Mail, 'replyTo'>
  : never

/** The answer to a question. */
export type AnswerTo<Mail, Asking> = Mail extends {
  readonly type: Asking extends { readonly type: infer Type } ? Type : never
  readonly replyTo: ReplyTo<infer Answer>
}
  ? Answer
  : never
