// Played
//
// The script of a contract test, said by the real server: a grammar that only the scripted text fits.
// Leaves: the server (start-llama.ts).
//
// The server refuses a grammar beside tools; a scripted text needs none, so they are left out of that request.

import type { Play } from '../../contracts/model.ts'
import type { Asked, Dialect } from '../conversation.ts'
import { chatDialect } from '../openai-chat.ts'
import { responsesDialect } from '../openai-responses.ts'

const DIALECTS = { 'openai-chat': chatDialect, 'openai-responses': responsesDialect } as const

export interface PlayedServer {
  readonly fetch: typeof fetch
  play(decide: Play): void
  asked(): number
}

/** A `fetch` that makes the server say what the script says. */
export function playedOver(protocol: keyof typeof DIALECTS): PlayedServer {
  const dialect: Dialect = DIALECTS[protocol]
  let decide: Play = () => ({ text: 'nobody plays' })
  let count = 0
  return {
    play: (next) => {
      decide = next
    },
    asked: () => count,
    async fetch(input, init) {
      const body = JSON.parse(String(init?.body)) as Record<string, unknown>
      if (!('messages' in body || 'input' in body) || String(input).endsWith('input_tokens'))
        return fetch(input, init)
      count += 1
      const asked: Asked = dialect.read(body)
      const served = await orAborted(decide(asked, count - 1), init?.signal)
      if (!('text' in served || Object.keys(served).length === 0))
        throw new Error(`the server cannot play ${JSON.stringify(served)}`)
      const { tools: _, tool_choice: __, ...plain } = body
      const text = 'text' in served ? (served.text ?? '') : ''
      const scripted = { ...plain, grammar: `root ::= ${JSON.stringify(text)}` }
      return fetch(input, { ...init, body: JSON.stringify(scripted) })
    },
  }
}

function orAborted<Value>(
  work: Value | Promise<Value>,
  signal: AbortSignal | null | undefined,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason))
    Promise.resolve(work).then(resolve, reject)
  })
}
