// Taking statements of Python apart: separators, calls, names, values and strings.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bindTargets, digestOf, elementsOf, isOneBracket, withValues } from '../../analysis/python-blocks.ts'
import { callsOf, replaceNames, splitOpen } from '../../analysis/python-parts.ts'
import { canonicalString, endOfString, isFormatted } from '../../analysis/python-strings.ts'

describe('a text is split at its separators', () => {
  it.each([
    ['a, b', ['a', 'b']],
    ['', ['']],
    [',', ['', '']],
    ['a,', ['a', '']],
    ['f(a, b), c', ['f(a, b)', 'c']],
    ['[a, (b, {c, d})], e', ['[a, (b, {c, d})]', 'e']],
    ["'a, b', c", ["'a, b'", 'c']],
    ['"a, (", c', ['"a, ("', 'c']],
    ["'it\\'s, a', b", ["'it\\'s, a'", 'b']],
    ["'''a, 'b', c''', d", ["'''a, 'b', c'''", 'd']],
    [`f"{a, b}, {c}", d`, [`f"{a, b}, {c}"`, 'd']],
    [`f"{', '.join(x)}", d`, [`f"{', '.join(x)}"`, 'd']],
    ['a) , b', ['a) , b']],
    ['(a, b', ['(a, b']],
    ["'a, b", ["'a, b"]],
    ['größe, 数', ['größe', '数']],
  ])('%j into %j', (text, parts) => {
    expect(splitOpen(text, /,/).parts).toEqual(parts)
  })

  it('and tells the separators', () => {
    expect(splitOpen('a and (b or c) or d', / (?:and|or) /)).toEqual({
      parts: ['a', '(b or c)', 'd'],
      found: ['and', 'or'],
    })
    expect(splitOpen('a)b]c', /[)\]}]/)).toEqual({ parts: ['a', 'b', 'c'], found: [')', ']'] })
  })

  it('as one that tries the separator at every character would', () => {
    const piece = fc.constantFrom(
      'a',
      ',',
      ' , ',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      "'",
      '"',
      '\\',
      'f"',
      ' and ',
      'é',
    )
    const slow = (text: string, separator: RegExp) => {
      const [parts, found]: [string[], string[]] = [[], []]
      let [depth, from] = [0, 0]
      for (let at = 0; at < text.length; ) {
        const sticky = new RegExp(separator.source, 'y')
        sticky.lastIndex = at
        const match = depth === 0 ? sticky.exec(text)?.[0] : undefined
        const char = text[at] ?? ''
        if (match) {
          parts.push(text.slice(from, at).trim())
          found.push(match.trim())
          at += match.length
          from = at
        } else if (char === '"' || char === "'") at = endOfString(text, at, isFormatted(text, at)).end
        else {
          depth += '([{'.includes(char) ? 1 : ')]}'.includes(char) ? -1 : 0
          at++
        }
      }
      return { parts: [...parts, text.slice(from).trim()], found }
    }
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 20 }),
        fc.constantFrom(/,/, / and /, /[)\]}]/),
        (pieces, separator) => {
          const text = pieces.join('')
          expect(splitOpen(text, separator)).toEqual(slow(text, separator))
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('calls are found', () => {
  it.each([
    ['f(a, b=1)', [['f', ['a', 'b=1']]]],
    ['f()', [['f', []]]],
    ['f(a,)', [['f', ['a']]]],
    ['f(g(a), [b, c])', [['f', ['g(a)', '[b, c]']]]],
    [
      'f(a) + f(b)',
      [
        ['f', ['a']],
        ['f', ['b']],
      ],
    ],
    [
      'f(f(a))',
      [
        ['f', ['f(a)']],
        ['f', ['a']],
      ],
    ],
    ["f(')', a)", [['f', ["')'", 'a']]]],
    ['f(a', [['f', ['a']]]],
    ['g(a)', []],
  ])('in %j', (text, calls) => {
    expect(callsOf(text, /\bf\(/).map(({ name, arguments: given }) => [name, given])).toEqual(calls)
  })
})

describe('names are replaced', () => {
  const names = new Map([
    ['a', '1'],
    ['b.c', '2'],
    ['d', 'a + 1'],
  ])
  it.each([
    ['a', '1'],
    ['a.b', '1.b'],
    ['x.a', 'x.a'],
    ['b.c.e', '2.e'],
    ['b', 'b'],
    ["'a' + a", "'a' + 1"],
    ['f(a=a)', 'f(a=1)'],
    ['a == a', '1 == 1'],
    ['ab + a1', 'ab + a1'],
    ["f'{a}'", "f'{a}'"],
  ])('in %j: %j', (text, replaced) => {
    expect(replaceNames(text, (name) => names.get(name))).toBe(replaced)
  })

  it('by values of values in brackets, and by digests of long ones', () => {
    expect(withValues('d * 2', names)).toBe('(1 + 1) * 2')
    const long = `[${'1, '.repeat(500)}1]`
    expect(withValues('f(t)', new Map([['t', long]]))).toBe(`f(${digestOf(long)})`)
    expect(digestOf(long)).not.toBe(digestOf(`${long} `))
    expect(
      withValues(
        'x',
        new Map([
          ['x', 'y'],
          ['y', 'x'],
        ]),
      ).length,
    ).toBe(1)
  })

  it.each([
    ['[1, (2, 3)]', ['1', '(2, 3)']],
    ['(1,)', ['1']],
    ['[]', []],
    ['[*a, 1]', undefined],
    ['[x for x in a]', undefined],
    ['(1, 2) + (3, 4)', undefined],
    ['f(1)', undefined],
  ])('the elements of %j are %j', (text, elements) => {
    expect(elementsOf(text)).toEqual(elements)
  })

  it.each([
    ['a', '1', [['a', '1']]],
    [
      'a, b',
      '(1, 2)',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      '(a, b)',
      '[1, 2]',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'a, (b, c)',
      '(1, (2, 3))',
      [
        ['a', '1'],
        ['b', '2'],
        ['c', '3'],
      ],
    ],
    ['a, b', '(1,)', [['a', '1']]],
    ['a, b', 'x', []],
    ['a.b', '1', []],
  ])('%j takes %j apart', (targets, value, bound) => {
    expect(bindTargets(targets, value)).toEqual(bound)
  })

  it.each([
    ['(a)', true],
    ['(a)(b)', false],
    ['(a) + (b)', false],
    ["(')')", true],
    ['a', false],
    ['(', false],
  ])('%j is one bracket: %s', (text, is) => {
    expect(isOneBracket(text)).toBe(is)
  })
})

describe('a string', () => {
  it.each([
    ["'a'b", 3, true],
    ["'a\\'b'c", 6, true],
    ["'''a'b''c'''d", 12, true],
    ["'a\nb'", 2, false],
    ["'a", 2, false],
    ["''", 2, true],
    ["'\\\\'a", 4, true],
  ])('%j ends at %d', (text, end, isClosed) => {
    expect(endOfString(text, 0, false)).toEqual({ end, isClosed })
  })

  it.each([
    ['', '"a"', "'a'"],
    ['', `"it's"`, `'it\\'s'`],
    ['U', '"a"', "'a'"],
    ['R', '"a"', "r'a'"],
    ['r', '"a\'"', `r"a'"`],
    ['', '"""a\nb"""', "'a\\nb'"],
    ['B', "'a'", "b'a'"],
    ['', '"a', '"a'],
  ])('%j%s is written %s', (prefix, quoted, written) => {
    expect(canonicalString(prefix, quoted)).toBe(written)
  })
})
