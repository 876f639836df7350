// Reply
//
// Owns:   questions and answers between actors: the event carries an address for the answer, the answer is mail.
// Leaves: waiting for the answer, and its deadline (actors/ask.ts).

import { z } from 'zod'
import { mail, type SendParams } from './mail.ts'
import type { Address, Event } from './messages.ts'

declare const answer: unique symbol

/** An address that accepts an answer of this type; the asker puts it into the event. */
export type ReplyTo<Answer extends Event> = Address & { readonly [answer]?: Answer }

/** The schema of the field `replyTo`: `z.object({ type: z.literal('GET'), replyTo: replyTo<Total>() })`. */
export function replyTo<Answer extends Event>(): z.ZodType<ReplyTo<Answer>, ReplyTo<Answer>> {
  return z.string().min(1) as unknown as z.ZodType<ReplyTo<Answer>, ReplyTo<Answer>>
}

/** The params of `send` for an answer: `{ type: 'send', params: ({ event }) => reply(event.replyTo, { ... }) }`. */
export function reply<Answer extends Event>(to: ReplyTo<Answer>, event: Answer): SendParams {
  return mail(to, event)
}

/** The questions that an actor answers: its events with `replyTo`, without that field. */
export type QuestionTo<Mail> = Mail extends { readonly type: string; readonly replyTo: string }
  ? Omit<Mail, 'replyTo'>
  : never

/** The answer to a question. */
export type AnswerTo<Mail, Asking> = Mail extends {
  readonly type: Asking extends { readonly type: infer Type } ? Type : never
  readonly replyTo: ReplyTo<infer Answer>
}
  ? Answer
  : never
