// Payloads that no sender of ours writes: text that is no JSON, JSON that parsers read in different ways, values at and
// beyond limits. Each for a field that is given as JSON.

/** Several of them fit into one payload. */
const LEVELS = 30_000
/** What a server takes at most, with headers. */
export const MAX_PAYLOAD = 1_048_576

/** Bytes that are no JSON object at all. */
export const noJson: readonly Uint8Array[] = [
  ...[
    '',
    ' ',
    '\0',
    'null',
    '[]',
    '""',
    '0',
    'NaN',
    '{',
    '{"type":"PAUSE"',
    "{'type':'PAUSE'}",
    '\u{FEFF}{}',
  ],
  ...['[{"type":"PAUSE"}]', '{"type":"PAUSE"}{"type":"PAUSE"}', '{"type":"PAUSE",}', '{"type":"PA\0USE"}'],
].map((text) => Buffer.from(text))

/** Bytes that are no UTF-8, or something that others would unpack. */
export const noText: readonly Uint8Array[] = [
  Buffer.from([0xff, 0xfe, 0x00]),
  Buffer.from([0xc0, 0xaf]),
  Buffer.concat([Buffer.from('{"type":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
  Buffer.from([0x1f, 0x8b, 0x08, 0x00]),
  Buffer.alloc(4_096),
]

/** JSON values, each as text. */
export const oddValues: readonly string[] = [
  ...['1e400', '-1e400', '1e-400', '9007199254740993', '-0', '0.1', `1${'0'.repeat(5_000)}`],
  ...['"\\u0000"', '"\\ud800"', '"\\udfff\\ud800"', '"\\u202e\\u0007\\u001b[2J"', '"../../x"', '"*"', '">"'],
  ...['{"__proto__":{"polluted":true}}', '{"constructor":{"prototype":{"polluted":true}}}'],
  ...['{"toString":1,"valueOf":1,"then":1,"toJSON":1}', '{"length":1e9}', '[null]', 'true'],
  ...[`${'['.repeat(LEVELS)}${']'.repeat(LEVELS)}`, `${'{"a":'.repeat(64)}1${'}'.repeat(64)}`],
  ...['[]', '{}', '""', `"${'x'.repeat(2_000)}"`],
]

/** An array of so many zeros as text: a check of each would name each. */
export function manyZeros(bytes: number): string {
  return `[${'0,'.repeat(Math.floor((bytes - 3) / 2))}0]`
}

/** Text filled up to so many bytes. */
export function filled(bytes: number, make: (filling: string) => string): string {
  return make('x'.repeat(bytes - Buffer.byteLength(make(''))))
}

/** Whether a payload has changed what all objects have. */
export function isPolluted(): boolean {
  return 'polluted' in {} || 'polluted' in []
}
