// Known models
//
// Owns:   the models that need no description: their prices and sizes, when these were looked up, and which of them do
//         what when nobody says otherwise.
// Leaves: other models and prices (configuration.ts reads them from a configuration file).
//
// A model stands here only with a price that was seen. Where only the plain price was, a token read from the cache is
// a tenth of it and one written to it five quarters, as for those models where all four were.

import type { ModelSettings, Price, Role } from '../../machines/index.ts'

const AS_OF = '2026-11-22'

/** Beyond so many tokens of input OpenAI asks a higher price, which is not known here: the window ends there. */
export const OPENAI_PLAIN_PRICE = 272_000

export const KNOWN_MODELS: readonly ModelSettings[] = [
  anthropic('claude-fable-5-1', 10, 50),
  anthropic('claude-opus-5-5', 4, 20),
  anthropic('claude-sonnet-5-5', 2, 10),
  anthropic('claude-haiku-5-5', 0.1, 0.5),
  openai('gpt-6-astra', 10, 50),
  openai('gpt-6.1-sol', 2, 10),
  openai('gpt-6.1-terra', 1, 5),
  openai('gpt-6-sol', 2, 10),
  openai('gpt-6-luna', 0.1, 0.5),
]

/** The first that can be used does it; the others stand in for it. */
export const DEFAULT_ROLES: Readonly<Record<Role, readonly string[]>> = {
  planning: ['anthropic/claude-opus-5-5', 'openai/gpt-6.1-sol'],
  coding: ['anthropic/claude-sonnet-5-5', 'openai/gpt-6.1-sol'],
  cheap: ['anthropic/claude-haiku-5-5', 'openai/gpt-6-luna'],
}

function anthropic(id: string, input: number, output: number): ModelSettings {
  return {
    name: `anthropic/${id}`,
    price: price(input, output),
    window: 1_000_000,
    maxOutput: 128_000,
  }
}

function openai(id: string, input: number, output: number): ModelSettings {
  return {
    name: `openai/${id}`,
    price: price(input, output),
    window: OPENAI_PLAIN_PRICE,
    maxOutput: 128_000,
  }
}

function price(input: number, output: number): Price {
  return {
    input,
    output,
    cacheRead: rounded(input / 10),
    cacheWrite: rounded(input * 1.25),
    asOf: AS_OF,
  }
}

function rounded(dollars: number): number {
  return Math.round(dollars * 10_000) / 10_000
}
