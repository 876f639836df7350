// Texts that agents edit and are shown: places, reasons, versions, shortened output, digests without chance.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { frameSize, givenTool, toolsOf } from '../../agents/own-tools.ts'
import { printOfInput, printOfResult } from '../../agents/prints.ts'
import { promptOf } from '../../agents/prompts/prompts.ts'
import {
  ambiguous,
  hashWith,
  inEndingsOf,
  lineAt,
  missing,
  placesOf,
  replacedAt,
} from '../../agents/tools/edit-text.ts'
import { elide } from '../../agents/tools/elide.ts'
import { nearest } from '../../agents/tools/nearest.ts'
import { linesOf } from '../../agents/tools/read.ts'
import { hashOf, openVersions } from '../../agents/tools/versions.ts'
import { agentKindSchema, agentKinds } from '../../machines/index.ts'
import { site } from '../machines/samples.ts'

describe('a piece of a text', () => {
  it.each([
    ['abcabc', 'bc', [1, 4]],
    ['aaaa', 'aa', [0, 1, 2]],
    ['abc', 'x', []],
    ['a\nb', '\n', [1]],
    ['é👍é', 'é', [0, 3]],
  ])('in %j: %j is at %j', (text, piece, places) => {
    expect(placesOf(text, piece)).toEqual(places)
  })

  it('is found and replaced, and nothing else: undoing it gives the text again', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r\n', 'é') })
    fc.assert(
      fc.property(
        text,
        text.filter((piece) => piece !== ''),
        text,
        text,
        (head, old, tail, fresh) => {
          const whole = `${head}${old}${tail}`
          const at = head.length
          expect(placesOf(whole, old)).toContain(at)
          const edited = replacedAt(whole, at, old.length, fresh)
          expect(edited).toBe(`${head}${fresh}${tail}`)
          expect(hashWith(edited, at, fresh.length, old)).toBe(hashOf(whole))
          expect(lineAt(whole, at)).toBe(head.split('\n').length)
        },
      ),
    )
  })

  it.each([
    ['all CRLF', 'a\r\nb\r\n', 'x\ny', 'x\r\ny'],
    ['all LF', 'a\nb\n', 'x\ny', 'x\ny'],
    ['mixed', 'a\r\nb\n', 'x\ny', 'x\ny'],
    ['given with CRLF', 'a\r\nb\r\n', 'x\r\ny', 'x\r\ny'],
    ['one line', 'a', 'x\ny', 'x\ny'],
  ])('takes the ends of lines of a file with %s', (_what, text, piece, fitted) => {
    expect(inEndingsOf(text, piece)).toBe(fitted)
  })
})

describe('why an edit is not made', () => {
  const text = 'function sign(n) {\n  return n < 0 ? -1 : 1\n}\nconst other = 1\n'
  const why = (old: string, fresh = 'quite another text') => missing({ path: 'a.ts', text, old, fresh })

  it.each([
    [
      'only spaces differ',
      '    return n < 0 ? -1 : 1',
      /differs only in spaces or tabs from these lines:\n {4}2\t/,
    ],
    ['a word differs', '  return n > 0 ? -1 : 1', /The most similar text:\n {4}2\t {2}return n < 0/],
    ['nothing is similar', 'zzzzzzzzzzzz', /No similar text is there; read the file again\.$/],
  ])('%s', (_what, old, expected) => {
    expect(why(old)).toMatch(expected)
  })

  it('the new text is there already, when it is long enough to tell', () => {
    expect(why('gone entirely', 'const other = 1')).toContain('The new text is there already, at line 4')
    expect(why('gone entirely', '}')).not.toContain('already')
  })

  it('shows at most 30 similar lines, and counts the others', () => {
    const long = Array.from({ length: 50 }, (_, at) => `const name${at} = ${at}`).join('\n')
    const said = missing({ path: 'a.ts', text: long, old: long.replace('name7', 'name_7'), fresh: '' })
    expect(said.match(/\tconst/g)).toHaveLength(30)
    expect(said).toContain('[20 more lines]')
  })

  it('names the lines of the first ten places', () => {
    const many = 'x\n'.repeat(13)
    expect(ambiguous('a.ts', many, placesOf(many, 'x'))).toContain(
      'in it 13 times, at lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 3 more',
    )
  })

  it('what is most similar is the line itself where it is there', () => {
    const line = fc.stringMatching(/^[a-z]{8,20} = [0-9]{1,5}$/)
    fc.assert(
      fc.property(fc.uniqueArray(line, { minLength: 3, maxLength: 20 }), fc.nat(), (lines, nat) => {
        const at = nat % lines.length
        expect(nearest(lines.join('\n'), `   ${lines[at]}`)).toMatchObject({
          line: at + 1,
          onlySpacing: true,
        })
      }),
    )
  })
})

describe('what is shown', () => {
  it.each([
    ['', []],
    ['a', ['a']],
    ['a\n', ['a']],
    ['a\r\n\r\nb', ['a', '', 'b']],
    ['\n', ['']],
  ])('%j has the lines %j', (text, lines) => {
    expect(linesOf(text)).toEqual(lines)
  })

  it('of long output are both ends and the amount between; colours and rewritten lines are taken out', () => {
    expect(elide(`${'a'.repeat(60)}${'b'.repeat(60)}`, 10)).toBe(
      `${'a'.repeat(10)}\n[... 100 characters left out ...]\n${'b'.repeat(10)}`,
    )
    expect(elide('\u001b[31mred\u001b[0m 1%\r 50%\r\n100%')).toBe('red 1%\n 50%\r\n100%')
    expect(elide('x'.repeat(20), 10)).toBe('x'.repeat(20))
  })
})

describe('a digest', () => {
  it.each([
    ['a date', 'at 2026-11-22T10:00:00.123Z', 'at 2025-01-02 09:08:07'],
    ['a time', 'at 10:00:01,5', 'at 23:59:59'],
    ['a duration', 'in 1.2s', 'in 345 ms'],
    ['a temporary path', 'see /tmp/a/b.log: no', 'see /tmp/zz: no'],
    ['a process id', 'pid 12 ended', 'pid=4711 ended'],
    ['spaces', 'a\n\n  b ', 'a b'],
  ])('of a result is the same whatever %s is', (_what, one, other) => {
    expect(printOfResult(one, false)).toBe(printOfResult(other, false))
  })

  it.each([
    ['a count', '2 failed', '3 failed'],
    ['a file', 'see src/a.ts', 'see src/b.ts'],
    ['a status', 'exit 1', 'exit 2'],
  ])('of a result differs with %s', (_what, one, other) => {
    expect(printOfResult(one, false)).not.toBe(printOfResult(other, false))
  })

  it('of arguments ignores the order of fields at any depth, and nothing else', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (fields, deep) => {
        const reversed = Object.fromEntries(Object.entries(fields).toReversed())
        expect(printOfInput({ deep: [fields], more: deep })).toBe(
          printOfInput({ more: deep, deep: [reversed] }),
        )
        expect(printOfInput({ fields, a: 1 })).not.toBe(printOfInput({ fields, a: 2 }))
      }),
    )
    expect(printOfInput([1, 2])).not.toBe(printOfInput([2, 1]))
    expect(printOfInput(undefined)).toBe(printOfInput(undefined))
  })
})

describe('the versions of files', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'canopy-versions-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('are known to every toolbox of the worktree, also under odd names', async () => {
    const edit = { asked: 'q', from: 'h1', to: 'h2' }
    for (const path of ['a.ts', '__proto__', 'constructor', 'ü/b.ts']) {
      expect(await openVersions(folder).of(path)).toEqual({})
      await openVersions(folder).saw(path, 'h1')
      await openVersions(folder).willEdit(path, edit)
      await openVersions(folder).saw(path, 'h2')
      expect(await openVersions(folder).of(path)).toEqual({ seen: 'h2', edit })
    }
  })

  it.each(['', '[["a.ts", 3]]', '{"a.ts": {}}', 'no JSON'])(
    'are unknown when the record is %j, and written again',
    async (text) => {
      await writeFile(join(folder, 'canopy-versions.json'), text)
      const versions = openVersions(folder)
      expect(await versions.of('a.ts')).toEqual({})
      await versions.saw('a.ts', 'h')
      expect(await versions.of('a.ts')).toEqual({ seen: 'h' })
    },
  )
})

describe.each(agentKindSchema.options)('an agent of kind %s', (kind) => {
  const effects = { read: 'reads', edit: 'repeatable', run: 'once' } as const
  const toolbox = {
    tools: Object.entries(effects).map(([name, effect]) => ({
      tool: { name, description: name, input: {} },
      effect,
    })),
    use: async () => ({ content: '', failed: false }),
    tree: async () => '',
  }
  const order = { site, account: { milestone: 'm', task: 't', attempt: 1 }, kind, role: 'coding' as const }

  it('may use all tools or those that only read, and its own two at the end', () => {
    const given = agentKinds[kind].tools === 'all' ? ['read', 'edit', 'run'] : ['read']
    expect(toolsOf(order, toolbox).map(({ name }) => name)).toEqual([...given, 'note', 'submit'])
    for (const [name, effect] of Object.entries(effects))
      expect(givenTool(kind, toolbox, name)?.effect).toBe(given.includes(name) ? effect : undefined)
    expect(givenTool(kind, toolbox, 'submit')).toBeUndefined()
  })

  it('has a prompt and an answer that is an object, and both count into its frame', () => {
    expect(promptOf(kind).length).toBeGreaterThan(100)
    expect(toolsOf(order, toolbox).at(-1)?.input).toMatchObject({ type: 'object' })
    expect(frameSize(order, toolbox)).toBeGreaterThan(promptOf(kind).length / 4)
  })
})
