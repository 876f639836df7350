// Tiny model
//
// Writes a model file (GGUF, llama architecture) with random weights: a real model for a real server, which knows nothing.
//
// A constant in the embeddings makes ends of turns, quotes and the tags of tool calls frequent.

export const CONTEXT_TOKENS = 32_768

const WIDTH = 64
const FEED_FORWARD = 128
const HEADS = 4
const LAYERS = 2
const ALIGNMENT = 32
/** In the first dimension of each embedding. */
const CONSTANT = 4
/** How much likelier than others. */
const BIAS: Readonly<Record<string, number>> = { '<|im_end|>': 1.2, '<tool_call': 3.2, '"': 2.4, '}': 1.5 }
/** The second token follows the first more or less often. */
const FOLLOWS = [
  ['<tool_call', '>\n', 0.45],
  ['</tool_call>', '<|im_end|>', 0.3],
  ['</tool_call>', '<tool_call', -0.2],
] as const

/** The numbers of GGUF's types. */
const TYPE = { u32: 4, i32: 5, f32: 6, boolean: 7, text: 8, list: 9 } as const
/** What a token is: unknown, control, user-defined, byte, ordinary. */
const KIND = { ordinary: 1, unknown: 2, control: 3, defined: 4, byte: 6 } as const

interface Token {
  readonly text: string
  readonly score: number
  readonly kind: number
}

interface Tensor {
  readonly name: string
  readonly dims: readonly number[]
  readonly values: Float32Array
}

/** The file's bytes, about 520 KB; the same seed gives the same bytes. */
export function tinyModel(seed: number): Buffer {
  const tokens = vocabulary()
  const tensors = weights(tokens, gaussian(seed))
  let offset = 0
  const descriptions: Buffer[] = []
  const contents: Buffer[] = []
  for (const { name, dims, values } of tensors) {
    descriptions.push(text(name), u32(dims.length), ...dims.map(u64), u32(0), u64(offset))
    const content = padded(Buffer.from(values.buffer))
    contents.push(content)
    offset += content.length
  }
  const fields = metadata(tokens)
  const head = [
    Buffer.from('GGUF'),
    u32(3),
    u64(tensors.length),
    u64(fields.length),
    ...fields,
    ...descriptions,
  ]
  return Buffer.concat([padded(Buffer.concat(head)), ...contents])
}

function vocabulary(): Token[] {
  const control = ['<s>', '</s>', '<|im_start|>', '<|im_end|>']
  const printable = Array.from({ length: 127 - 33 }, (_, at) => at + 33)
  return [
    { text: '<unk>', score: 0, kind: KIND.unknown },
    ...control.map((each) => ({ text: each, score: 0, kind: KIND.control })),
    ...Array.from({ length: 256 }, (_, byte) => ({
      text: `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
      score: 0,
      kind: KIND.byte,
    })),
    { text: '\u2581', score: -1, kind: KIND.ordinary },
    ...printable.map((code) => ({
      text: String.fromCharCode(code),
      score: -1 - code / 1_000,
      kind: KIND.ordinary,
    })),
    ...['<tool_call', '>\n', '</tool_call>'].map((each) => ({ text: each, score: 0, kind: KIND.defined })),
    { text: '\n', score: -2, kind: KIND.ordinary },
  ]
}

function metadata(tokens: readonly Token[]): Buffer[] {
  const field = (key: string, type: number, value: Buffer) => Buffer.concat([text(key), u32(type), value])
  const words = (key: string, value: string) => field(key, TYPE.text, text(value))
  const number = (key: string, value: number) => field(key, TYPE.u32, u32(value))
  const flag = (key: string, value: boolean) => field(key, TYPE.boolean, Buffer.from([value ? 1 : 0]))
  const list = <Item>(key: string, type: number, items: readonly Item[], encode: (item: Item) => Buffer) =>
    field(key, TYPE.list, Buffer.concat([u32(type), u64(items.length), ...items.map(encode)]))
  return [
    words('general.architecture', 'llama'),
    words('general.name', 'tiny-nonsense'),
    number('general.file_type', 0),
    number('general.alignment', ALIGNMENT),
    number('llama.context_length', CONTEXT_TOKENS),
    number('llama.embedding_length', WIDTH),
    number('llama.block_count', LAYERS),
    number('llama.feed_forward_length', FEED_FORWARD),
    number('llama.attention.head_count', HEADS),
    number('llama.attention.head_count_kv', HEADS),
    field('llama.attention.layer_norm_rms_epsilon', TYPE.f32, f32(1e-5)),
    number('llama.rope.dimension_count', WIDTH / HEADS),
    number('llama.vocab_size', tokens.length),
    words('tokenizer.ggml.model', 'llama'),
    list('tokenizer.ggml.tokens', TYPE.text, tokens, (token) => text(token.text)),
    list('tokenizer.ggml.scores', TYPE.f32, tokens, ({ score }) => f32(score)),
    list('tokenizer.ggml.token_type', TYPE.i32, tokens, ({ kind }) => u32(kind)),
    number('tokenizer.ggml.bos_token_id', 1),
    number('tokenizer.ggml.eos_token_id', 4),
    number('tokenizer.ggml.unknown_token_id', 0),
    flag('tokenizer.ggml.add_bos_token', true),
    flag('tokenizer.ggml.add_eos_token', false),
    // Else the server's grammar for tool calls does not fit the first token, and it refuses the request.
    flag('tokenizer.ggml.add_space_prefix', false),
  ]
}

function weights(tokens: readonly Token[], next: () => number): Tensor[] {
  const tensor = (name: string, dims: readonly number[], scale: (at: number) => number): Tensor => {
    const size = dims.reduce((product, each) => product * each, 1)
    return { name, dims, values: Float32Array.from({ length: size }, (_, at) => next() * scale(at)) }
  }
  const ones = (name: string): Tensor => ({ name, dims: [WIDTH], values: new Float32Array(WIDTH).fill(1) })
  const indexOf = (text: string): number => tokens.findIndex((token) => token.text === text)

  const embedding = tensor('token_embd.weight', [WIDTH, tokens.length], () => 0.5)
  for (const at of tokens.keys()) embedding.values[at * WIDTH] = CONSTANT
  const layers = Array.from({ length: LAYERS }, (_, layer) => {
    const named = (name: string) => `blk.${layer}.${name}.weight`
    const attention = ['q', 'k', 'v', 'output'].map((each) =>
      tensor(named(`attn_${each}`), [WIDTH, WIDTH], () => 0.12),
    )
    return [
      ones(named('attn_norm')),
      ...attention,
      ones(named('ffn_norm')),
      tensor(named('ffn_gate'), [WIDTH, FEED_FORWARD], () => 0.12),
      tensor(named('ffn_up'), [WIDTH, FEED_FORWARD], () => 0.12),
      tensor(named('ffn_down'), [FEED_FORWARD, WIDTH], () => 0.09),
    ]
  }).flat()
  // No layer changes the constant.
  for (const { name, dims, values } of layers)
    if (/attn_output|ffn_down/.test(name)) values.fill(0, 0, dims[0])

  // Bytes and control tokens are unlikely: the text stays printable.
  const output = tensor('output.weight', [WIDTH, tokens.length], (at) => (at < 261 * WIDTH ? 0.0024 : 0.12))
  for (const [at, token] of tokens.entries()) output.values[at * WIDTH] = (BIAS[token.text] ?? 0) / 5
  for (const [first, second, weight] of FOLLOWS) {
    const from = indexOf(first) * WIDTH
    const to = indexOf(second) * WIDTH
    for (let at = 1; at < WIDTH; at++)
      output.values[to + at] = (output.values[to + at] ?? 0) + weight * (embedding.values[from + at] ?? 0)
  }
  return [embedding, ...layers, ones('output_norm.weight'), output]
}

/** Normally distributed numbers, from mulberry32. */
function gaussian(seed: number): () => number {
  let state = seed >>> 0
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return () => Math.sqrt(-2 * Math.log(uniform() + 1e-12)) * Math.cos(2 * Math.PI * uniform())
}

function padded(buffer: Buffer): Buffer {
  return Buffer.concat([buffer, Buffer.alloc((ALIGNMENT - (buffer.length % ALIGNMENT)) % ALIGNMENT)])
}

function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeUInt32LE(value)
  return buffer
}

function u64(value: number): Buffer {
  const buffer = Buffer.alloc(8)
  buffer.writeBigUInt64LE(BigInt(value))
  return buffer
}

function f32(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeFloatLE(value)
  return buffer
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([u64(bytes.length), bytes])
}
