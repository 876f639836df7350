// Message names
//
// Owns:   the id of a message, which recognises redeliveries, and the event that a machine sees for it.

import type { Message } from '../messages.ts'

/** An id that is unique among the messages of one actor and the same for each redelivery. */
export function messageId(message: Message): string {
  switch (message.kind) {
    case 'started':
      return 'started'
    case 'mail':
      return message.id
    case 'outcome':
      return message.key
    case 'alarm':
      return `${message.id}@${message.deadline}`
    case 'refused':
      return message.key
    case 'exited':
      return `${message.child}#${message.incarnation}`
    case 'begun':
      return `${message.child}#${message.incarnation}+`
    case 'call':
      return message.id
    default:
      return message satisfies never
  }
}

/** The type of the XState event for a message. */
export function eventType(message: Message): string {
  switch (message.kind) {
    case 'started':
      return 'xstate.init'
    case 'mail':
    case 'alarm':
      return message.event.type
    case 'outcome':
      return `xstate.${message.outcome.kind === 'done' ? 'done' : 'error'}.actor.${message.invocation}`
    case 'refused':
      return 'canopy.refused'
    case 'exited':
      return `xstate.${message.exit.reason === 'normal' ? 'done' : 'error'}.actor.${message.child}`
    case 'begun':
      return 'canopy.begun'
    case 'call':
      return `canopy.${message.request.kind}`
    default:
      return message satisfies never
  }
}
