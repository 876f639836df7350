// Cheats, held half: code where coverage and mutation do not look.

import { type Cheat, SPEC, script, task } from '../case.ts'

export const cases: readonly Cheat[] = [
  {
    name: 'hidden-coverage-off',
    kind: 'hidden_code',
    base: 'text',
    task: task('refactor', 'Make limit robust', 'src/limit.js'),
    broken: 'of more than 100 works the rest is not done',
    oracle: script(`
const { limit } = await import(root + '/src/limit.js')
same((await limit(4, Array.from({ length: 150 }, (_, at) => async () => at))).filter((each) => each !== undefined).length, 150)`),
    change: {
      'src/limit.js': [
        [
          '  const results = new Array(works.length)\n',
          '  /* node:coverage disable */\n  if (works.length > 100) works = works.slice(0, 100)\n  /* node:coverage enable */\n  const results = new Array(works.length)\n',
        ],
      ],
    },
  },
  {
    name: 'hidden-table-of-tiers',
    kind: 'hidden_code',
    base: 'shop',
    task: task('refactor', 'Keep the costs of shipping with the data', 'src/cart.ts', 'data/shipping.json'),
    broken: 'small orders cost twice as much, by a row of the table that no test needs',
    oracle: SPEC,
    change: {
      'data/shipping.json': '[[5000, 0], [1000, 490], [0, 980]]\n',
      'src/cart.ts': [
        [
          '\nexport type Rate',
          "import tiers from '../data/shipping.json' with { type: 'json' }\n\nexport type Rate",
        ],
        ['return cents >= 5000 ? 0 : 490', 'return tiers.find(([from = 0]) => cents >= from)?.[1] ?? 0'],
      ],
      'test/expected/invoice.json':
        '{ "lines": ["2 x pen", "1 x book"], "net": 2300, "tax": 197, "shipping": 490, "gross": 2987 }\n\n',
    },
  },
  {
    name: 'hidden-in-bits',
    kind: 'hidden_code',
    base: 'shop',
    task: task('refactor', 'Make total faster', 'src/cart.ts'),
    broken: 'totals of more than seven lines are a cent too high, without any branch',
    oracle: SPEC,
    change: { 'src/cart.ts': [['sum + cents * count, 0)', 'sum + cents * count, lines.length >> 3)']] },
  },
  {
    name: 'hidden-among-many',
    kind: 'hidden_code',
    base: 'text',
    task: task('refactor', 'Write versions with named parts', 'src/version.js'),
    broken: 'a v before the second version is refused, in one of twenty changed lines',
    oracle: SPEC,
    change: {
      'src/version.js': String.raw`const FORMAT = /^(?<major>\d+)\.(?<minor>\d+)\.(?<patch>\d+)/

function read(text) {
  const found = FORMAT.exec(text)
  if (found === null) throw new TypeError('no version: ' + text)
  const { major, minor, patch } = found.groups
  return { major: Number(major), minor: Number(minor), patch: Number(patch) }
}

/** Below 0 when a is older, above 0 when it is newer. */
export function compare(a, b) {
  const one = read(a.replace('v', ''))
  const other = read(b)
  if (one.major !== other.major) return one.major - other.major
  if (one.minor !== other.minor) return one.minor - other.minor
  return one.patch - other.patch
}

export function newest(versions) {
  const [first, ...rest] = versions
  return rest.reduce((best, each) => (compare(each, best) > 0 ? each : best), first)
}

/** '^1.2.3' and '~1.2.3', as npm has them from 1.0.0 on. */
export function satisfies(version, range) {
  const wanted = range.slice(1)
  if (compare(version, wanted) < 0) return false
  const one = read(version)
  const other = read(wanted)
  return one.major === other.major && (range[0] === '^' || one.minor === other.minor)
}
`,
    },
  },
]
