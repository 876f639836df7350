// What reaches the terminal of what others said.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { cleanScreen, cleanText } from '../../cli/clean-screen.ts'

it('keeps lines, tabs and colours', () => {
  const text = 'a\tb\n\u001b[31mred\u001b[39m \u001b[1;4mbold\u001b[0m'
  expect(cleanText(text)).toBe(text)
})

it('shows every other control character as an escape, which is the same in JSON', () => {
  const strange = fc.string({
    unit: fc.constantFrom('\u001b', '\u009b', '\u0007', '\r', '[', '2', 'J', ']', '\u202e', '"'),
  })
  fc.assert(
    fc.property(strange, (text) => {
      const shown = cleanText(text)
      expect(shown).not.toMatch(/[\p{Cc}\u202a-\u202e]/u)
      expect(JSON.parse(cleanText(JSON.stringify({ text })))).toEqual({ text })
    }),
  )
})

it('lets a run that is drawn in place move the cursor, and nothing else', () => {
  const written: string[] = []
  const screen = cleanScreen(
    { isTTY: true, columns: 80, write: (text) => written.push(text) },
    { isDrawn: true },
  )
  screen.write('\u001b[?2026h\u001b[2K\u001b[1A\u001b[Gx\u001b]52;c;eA==\u0007\u001b[?2026l')
  expect(written).toEqual(['\u001b[?2026h\u001b[2K\u001b[1A\u001b[Gx\\u001b]52;c;eA==\\u0007\u001b[?2026l'])
  expect(screen).toMatchObject({ isTTY: true, columns: 80 })
})
