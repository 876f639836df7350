// Message names
//
// Owns:   how a message is called: its id, under which it is recognised, and the event that a machine sees.

import type { Message } from '../messages.ts'

/** Tells a message from all others of the same actor, also when it is delivered again. */
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

/** The type of the XState event that a message becomes. */
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
