// Learnt window
//
// Owns:   how many tokens a model holds, from the words in which its server refuses a request that is too long.
// Leaves: whether that is why it was refused (failures.ts), the shorter conversation (machines/agent).

const NUMBER = '(\\d[\\d,]*)'

/** Each has the number of tokens that a request and its answer may have together. */
const FORMS = [
  // OpenAI, vLLM, SGLang, OpenRouter, DeepSeek.
  `maximum context length (?:is|of) (?:only )?${NUMBER}`,
  // llama.cpp.
  `available context size \\(${NUMBER}`,
  // LM Studio.
  `context length of (?:only )?${NUMBER}`,
  // Anthropic: `prompt is too long: 210000 tokens > 200000 maximum`.
  `too long: ${NUMBER} tokens > ${NUMBER} maximum`,
  // Anthropic: `exceed context limit: 190000 + 20000 > 200000`.
  `exceed context limit: ${NUMBER} \\+ ${NUMBER} > ${NUMBER}`,
  // Gemini.
  `maximum number of tokens allowed \\(${NUMBER}`,
  // Groq, Mistral and others: `context window of 32768`, `model with 32768 maximum context length`.
  `context window (?:is|of) ${NUMBER}`,
  `${NUMBER} maximum context length`,
].map((form) => new RegExp(form, 'i'))

/** Smaller and larger numbers are of something else. */
const MIN_TOKENS = 512
const MAX_TOKENS = 100_000_000

/** Tokens; undefined when the words do not say it. */
export function windowIn(refusal: string): number | undefined {
  for (const form of FORMS) {
    const last = form.exec(refusal)?.at(-1)
    const tokens = Number(last?.replaceAll(',', ''))
    if (last !== undefined && tokens >= MIN_TOKENS && tokens <= MAX_TOKENS) return tokens
  }
  return undefined
}
