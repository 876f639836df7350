// A control port in memory: it answers each verb as it is told, and remembers the requests.

import type { Control, ControlReply } from '../../../transport/index.ts'

export type Answer = ControlReply | ((payload: unknown) => ControlReply)

export interface AnsweringControl extends Control {
  readonly asked: [verb: string, payload: unknown][]
}

export const value = (of: unknown): ControlReply => ({ ok: true, value: of })
export const refused = (code: string, message = 'no'): ControlReply => ({
  ok: false,
  error: { code, message },
})

/** A verb without an answer is refused with `unknown_verb`, as a running system does. */
export function answering(answers: Readonly<Record<string, Answer>>): AnsweringControl {
  const asked: [string, unknown][] = []
  return {
    asked,
    serve: async () => {},
    tell: () => {},
    listen: async () => () => {},
    close: async () => {},
    async request(verb, payload) {
      asked.push([verb, payload])
      const answer = answers[verb] ?? refused('unknown_verb', `no verb ${verb}`)
      return typeof answer === 'function' ? answer(payload) : answer
    },
  }
}
