// Strings
//
// Owns:   texts and numbers to try: the module's own literals, usual values for a parameter's name, awkward values.
// Leaves: structured inputs (generate.ts), changing inputs that exist (mutate.ts).

import type { Literals } from '../descriptors.ts'
import type { Random } from '../random.ts'
import { sampleRegex } from './regex-sample.ts'

const words = [
  'foo',
  'bar',
  'hello',
  'Hello World',
  'a',
  'b',
  'abc',
  'x',
  'fooBar',
  'foo-bar',
  'foo_bar',
  'key',
  'value',
  'test',
]
const awkward = [
  '',
  ' ',
  '  a  ',
  '0',
  '1',
  '12',
  '-1',
  '3.14',
  '1e3',
  'NaN',
  'true',
  'null',
  'é',
  '日本',
  '😀',
  'a\nb',
  '"',
  "'",
  '\\',
  '%20',
  '<b>',
  '{}',
  '[]',
  '__proto__',
  'A',
  'ABC',
  '\t',
  'a,b',
  'a b c',
  'a=b',
]

/** Usual values of parameters with such names. */
const hints: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    /ur[li]|href|link|origin|base/i,
    [
      'https://example.com/a/b?x=1&y=2#top',
      'http://localhost:3000',
      '/a/b',
      'example.com',
      '//example.com/a',
      'mailto:a@b.c',
      './a',
      '../b',
      '?x=1',
      '#top',
      'https://user:pass@example.com:8080/p',
    ],
  ],
  [
    /path|file|dir|route/i,
    [
      '/a/b/c.txt',
      'a/b',
      './a',
      '../a',
      '/',
      '.',
      '..',
      'C:\\a\\b',
      'a.b.c',
      '/a/../b',
      'a//b',
      '~/a',
      'file.tar.gz',
      '.hidden',
    ],
  ],
  [/e?mail/i, ['a@example.com', 'not an email', 'a.b+c@sub.example.org', '@example.com']],
  [
    /date|time|day|month|iso|since|until|when|start|end/i,
    [
      '2024-02-29',
      '2023-02-29',
      '2024-01-15T12:00:00Z',
      '2024-13-01',
      '12:30',
      '23:59:59',
      '2024-12-31',
      '2024-06-15T10:20:30+02:00',
      '1h 30m',
    ],
  ],
  [/json|config/i, ['{"a":1}', '[1,2]', '"a"', '{', 'null', '{"a":{"b":[true,null]}}']],
  [/query|search|params/i, ['?a=1&b=2', 'a=1', 'a=1&a=2', 'a[]=1&a[]=2', 'a', '=', 'a=%20b']],
  [
    /colou?r|hex|rgb/i,
    ['#fff', '#ff0000', '#ff000080', 'rgb(1, 2, 3)', 'rgba(1, 2, 3, 0.5)', 'hsl(120, 50%, 50%)', 'red'],
  ],
  [
    /version|semver|range/i,
    ['1.2.3', '1.0.0-beta.1', '^1.2.0', '~1.2', '>=1.0.0 <2.0.0', '1.x', '*', 'v2.0.0', '1.2.3+build'],
  ],
  [/name|title|label|word/i, ['Ada Lovelace', 'ada', 'John', "O'Neil", 'the quick brown fox']],
  [/csv|row|line|table/i, ['a,b\n1,2', '"a","b""c"', 'a;b', 'a,b\r\n', '"a', ',']],
  [/html|xml|markup/i, ['<p>Hello</p>', '<br/>', 'a & b', '<a href="x">y</a>']],
  [/locale|lang/i, ['en', 'en-US', 'de-DE', 'fr']],
  [
    /expr|formula|source|code|input|text|str|template/i,
    [
      '1 + 2 * 3',
      '(1 + 2) * 3',
      'a.b.c',
      'a[0].b',
      '-2 ^ 2',
      'f(x, 1)',
      'hello {name}',
      '{a}',
      'line one\nline two',
      '1/0',
    ],
  ],
  [/ip|host|domain/i, ['127.0.0.1', '::1', 'localhost', '256.1.1.1', 'example.com']],
  [
    /cookie|header/i,
    [
      'a=1; Path=/; HttpOnly',
      'a=1; Max-Age=10; Secure; SameSite=Lax',
      'a="b"',
      'a=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT',
    ],
  ],
  [/duration|interval|ttl|ms|timeout/i, ['1h', '30m', '1h 30m', '2 days', '100ms', '1.5h', '-1s', '10']],
  [/currency|money|price|amount/i, ['EUR', 'USD', '12.50', '1,234.56', '-3.00', '€5']],
]

export function someText(name: string, literals: Literals, random: Random): string {
  if (literals.examples.length > 0 && random.chance(0.15)) return random.pick(literals.examples)
  if (literals.distant.length > 0 && random.chance(0.04)) return random.pick(literals.distant)
  const draw = random.next()
  if (draw < 0.3 && literals.strings.length > 0) return random.pick(literals.strings)
  if (draw < 0.5 && literals.regexes.length > 0) return sampled(literals, random)
  if (draw < 0.65) return random.pick(hints.find(([pattern]) => pattern.test(name))?.[1] ?? words)
  if (draw < 0.72) return joined(literals, random)
  if (draw < 0.76) return tokens(literals, random)
  if (draw < 0.8 && literals.keys.length > 0) return random.pick(literals.keys)
  if (draw < 0.84) return String(someNumber(literals, random))
  return random.pick(draw < 0.92 ? words : awkward)
}

function sampled(literals: Literals, random: Random): string {
  const { source, flags } = random.pick(literals.regexes)
  return sampleRegex(source, flags, random)
}

/** Pieces joined by a short literal of the module: parsers split at such literals. */
function joined(literals: Literals, random: Random): string {
  const separators = literals.strings.filter((text) => text.length <= 2)
  const separator =
    separators.length > 0 ? random.pick(separators) : random.pick([' ', ',', '-', '.', '/', '\n'])
  const count = 2 + random.below(2)
  return Array.from({ length: count }, () => somePiece(literals, random)).join(separator)
}

/** Signs, names and numbers one after the other, as in a little language. */
function tokens(literals: Literals, random: Random): string {
  const signs = literals.strings.filter((text) => text.length <= 3)
  const names = [...literals.keys, ...literals.strings].filter((text) => /^\w{2,12}$/.test(text))
  const count = 2 + random.below(7)
  const made = Array.from({ length: count }, () => {
    const draw = random.next()
    if (draw < 0.45 && signs.length > 0) return random.pick(signs)
    return draw < 0.7 && names.length > 0 ? random.pick(names) : String(random.below(12))
  })
  return made.join(random.chance(0.5) ? ' ' : '')
}

function somePiece(literals: Literals, random: Random): string {
  const draw = random.next()
  if (draw < 0.35 && literals.strings.length > 0) return random.pick(literals.strings)
  if (draw < 0.5 && literals.regexes.length > 0) return sampled(literals, random)
  if (draw < 0.7) return String(random.below(30))
  return random.pick(words)
}

const numbers = [0, 1, 2, 3, 5, 10, -1, -2, 0.5, 1.5, 7, 12, 42, 100, 255, 256, 1000, -0.5, 1e6]
const awkwardNumbers = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -0,
  Number.MAX_SAFE_INTEGER,
  1e21,
  0.1,
  1e-7,
  2 ** 31,
  2 ** 32,
]
const moments = [0, 1_705_320_000_000, 1_709_164_800_000, 951_782_400_000, 86_400_000]

export function someNumber(literals: Literals, random: Random, name = ''): number {
  const draw = random.next()
  if (draw < 0.25 && literals.numbers.length > 0) return nearLiteral(literals, random)
  if (draw < 0.3 && /time|date|now|stamp|ms/i.test(name)) return random.pick(moments)
  if (draw < 0.75) return random.pick(numbers)
  if (draw < 0.85) return random.pick(awkwardNumbers)
  return random.below(100) - (draw < 0.88 ? 50 : 0)
}

function nearLiteral(literals: Literals, random: Random): number {
  const literal = random.pick(literals.numbers)
  const draw = random.next()
  if (draw < 0.6) return literal
  if (draw < 0.8) return literal + random.pick([1, -1])
  if (draw < 0.9) return -literal
  return literal * random.pick([2, 3, 0.5, 10])
}
