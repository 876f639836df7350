// Protocols
//
// Lists the protocols of model servers. A new one is a file and a line here.

import { anthropic } from './anthropic.ts'
import type { ModelProtocol } from './model-protocol.ts'
import { openaiChat } from './openai-chat.ts'
import { openaiResponses } from './openai-responses.ts'

export const protocols = {
  anthropic,
  'openai-responses': openaiResponses,
  'openai-chat': openaiChat,
} satisfies Record<string, ModelProtocol>

export type ProtocolName = keyof typeof protocols
