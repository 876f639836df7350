// Adding tests to a file: where they go, which names are loaded, and when they need a file for themselves.

import { describe, expect, it } from 'vitest'
import { addTests, titlesIn } from '../../testgen/emit/add-tests.ts'

const FIRST = `import { describe, expect, it } from 'vitest'
import { sign } from '../src/sign.ts'

// By hand: why this matters.
const LIMIT = 3

describe('sign', () => {
  it('sign(1) returns "plus"', () => {
    expect(sign(1)).toStrictEqual("plus") // the usual
  })
  // The end.
})
`
const written = (head: string, ...groups: string[]) => `${head}\n\n${groups.join('\n\n')}\n`
const group = (title: string, ...lines: string[]) => `describe('${title}', () => {\n${lines.join('\n\n')}\n})`
const HEAD = "import { describe, expect, it } from 'vitest'\nimport { sign } from '../src/sign.ts'"
const MINUS =
  "  it('sign(-1) returns \\'minus\\'', () => {\n    expect(sign(-1)).toStrictEqual('minus')\n  })"
const add = (text: string, existing = FIRST) => addTests('test/sign.canopy.test.ts', existing, text)

describe('an added test', () => {
  it('stands in the group of its target, and nothing else of the file changes', () => {
    expect(add(written(HEAD, group('sign', MINUS)))).toBe(
      FIRST.replace('  // The end.\n', `  // The end.\n\n${MINUS}\n`),
    )
  })

  it('of a new target gets a group behind the others, and its names are loaded', () => {
    const more = written(HEAD.replace('{ sign }', '{ abs, sign }'), group('abs', MINUS), group('sign', MINUS))
    const whole = add(more) as string
    expect(whole).toContain("import { abs, sign } from '../src/sign.ts'")
    expect(whole.endsWith(`})\n\n${group('abs', MINUS)}\n`)).toBe(true)
    expect(whole.match(/^describe\(/gm)).toHaveLength(2)
  })

  it.each([
    ['hooks that the group has not', ['  beforeEach(() => {\n    vi.useFakeTimers()\n  })', MINUS], 2],
    ['the same hooks as the group', [MINUS], 1],
  ])('with %s', (_, lines, groups) => {
    const whole = add(written(HEAD, group('sign', ...lines))) as string
    expect(whole.match(/^describe\('sign'/gm)).toHaveLength(groups)
  })

  it('keeps one directive, at the begin', () => {
    const strict = (text: string) => `'use strict'\n\n${text}`
    const whole = add(strict(written(HEAD, group('sign', MINUS))), strict(FIRST)) as string
    expect(whole.startsWith("'use strict'\n\nimport")).toBe(true)
    expect(whole.match(/use strict/g)).toHaveLength(1)
    expect(add(strict(written(HEAD, group('sign', MINUS))))).not.toContain('use strict')
  })

  it('finds the hooks of its group again when a formatter has changed their quotes', () => {
    const hook = (quote: string, end: string) =>
      `  afterEach(() => {\n    vi.setSystemTime(${quote}2020-01-01${quote})${end}\n  })${end}`
    const formatted = written(HEAD, group('sign', hook('"', ';'), MINUS))
    const whole = add(written(HEAD, group('sign', hook("'", ''), MINUS)), formatted) as string
    expect(whole.match(/^describe\(/gm)).toHaveLength(1)
    expect(whole.match(/afterEach/g)).toHaveLength(1)
  })

  it.each<[string, string, string]>([
    ['another class', "import { Lexer } from '../src/lexer.ts'", "import { Lexer } from '../src/lexer.ts'"],
    ['a default export', "import main, { abs } from '../src/a.ts'", "import main from '../src/a.ts'"],
    ['a whole module', "import * as all from '../src/a.ts'", "import * as all from '../src/a.ts'"],
    ['another name', "import { f as sign_ } from '../src/sign.ts'", '{ f as sign_, sign }'],
  ])('loads %s', (_, line, expected) => {
    const existing = FIRST.replace('import { sign }', "import { abs } from '../src/a.ts'\nimport { sign }")
    expect(add(written(`${HEAD}\n${line}`, group('sign', MINUS)), existing)).toContain(expected)
  })

  it.each<[string, string]>([
    ['a name that the file declares', "import { LIMIT } from '../src/a.ts'"],
    ['a name that the file loads from elsewhere', "import { sign as it } from '../src/a.ts'"],
    ['another way to load', "const { abs } = require('../src/a.ts')"],
  ])('needs another file because of %s', (_, line) => {
    expect(add(written(`${HEAD}\n${line}`, group('sign', MINUS)))).toBeUndefined()
  })

  it('keeps the line ends of the file', () => {
    const whole = add(written(HEAD, group('abs', MINUS)), FIRST.replaceAll('\n', '\r\n')) as string
    expect(whole.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  })

  it('brings its function once', () => {
    const turns = 'async function runTimers() {\n  await null\n}'
    const once = add(written(HEAD, turns, group('sign', MINUS))) as string
    const twice = add(written(HEAD, turns, group('abs', MINUS)), once) as string
    expect(twice.match(/function runTimers/g)).toHaveLength(1)
  })
})

it('titles are those of the tests in each group, whatever their quotes', () => {
  expect(titlesIn('a.test.ts', FIRST)).toEqual(new Map([['sign', ['sign(1) returns "plus"']]]))
})
