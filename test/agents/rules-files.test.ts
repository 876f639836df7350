// Which of a repository's rules files an agent is given for a task, and how much of them.

import { describe, expect, it } from 'vitest'
import { rulesFor } from '../../agents/rules-files.ts'

const texts: Readonly<Record<string, string>> = {
  'AGENTS.md': 'Everywhere: tabs.',
  'CLAUDE.md': 'Everywhere: no comments.',
  '.github/copilot-instructions.md': 'Everywhere: vitest.',
  '.cursorrules': 'Everywhere: old rules.',
  '.cursor/rules/always.mdc': '---\nalwaysApply: true\n---\nEverywhere: always.',
  '.cursor/rules/tests.mdc': '---\ndescription: tests\nglobs: "*.test.ts", test/**\n---\nTests: one file.',
  '.cursor/rules/styles.mdc': '---\nglobs: *.css\n---\nStyles: none.',
  'packages/AGENTS.md': 'Packages: build first.',
  'packages/core/AGENTS.md': 'Core: spaces.',
  'packages/core/src/CLAUDE.md': 'Source: no classes.',
  'packages/web/AGENTS.md': 'Web: hooks.',
  'docs/AGENTS.md': 'Docs: short.',
}
const others = [
  'src/AGENTS.md.ts',
  'packages/core/src/add.ts',
  'packages/web/index.ts',
  'docs/a.md',
  'my-AGENTS.md',
]

const rules = (brief: string, over: { characters?: number; texts?: Record<string, string> } = {}) => {
  const given = over.texts ?? texts
  return rulesFor({
    files: [...Object.keys(given), ...others],
    brief,
    characters: over.characters ?? 16_000,
    read: async (path) => given[path],
  })
}
const shown = async (brief: string) => (await rules(brief)).shown.map(({ path }) => path)

const everywhere = [
  '.cursor/rules/always.mdc',
  '.cursorrules',
  '.github/copilot-instructions.md',
  'AGENTS.md',
  'CLAUDE.md',
]

describe('an agent is given', () => {
  it('the rules of the whole repository when its task names no path; those of folders are named', async () => {
    const found = await rules('Make it faster.')
    expect(found.shown.map(({ path }) => path)).toEqual(everywhere)
    expect(found.shown.find(({ path }) => path.endsWith('always.mdc'))?.text).toBe('Everywhere: always.')
    expect(found.elsewhere).toEqual([
      'docs/AGENTS.md',
      'packages/AGENTS.md',
      'packages/core/AGENTS.md',
      'packages/web/AGENTS.md',
      'packages/core/src/CLAUDE.md',
    ])
  })

  it.each([
    ['Files that will probably change: packages/core/src/add.ts, README.md', 'packages/core/src/CLAUDE.md'],
    ['Add `packages/core/src/new/file.ts`.', 'packages/core/src/CLAUDE.md'],
    ['Look at ./packages/core/src/.', 'packages/core/src/CLAUDE.md'],
  ])('those of the folders above the paths of its task, the nearest last: %s', async (brief, last) => {
    expect(await shown(brief)).toEqual([...everywhere, 'packages/AGENTS.md', 'packages/core/AGENTS.md', last])
  })

  it('not those of a folder whose name only begins like one of its paths', async () => {
    expect(await shown('Change packages/corelib/a.ts.')).toEqual([...everywhere, 'packages/AGENTS.md'])
  })

  it("Cursor's rules whose globs match a path of its task", async () => {
    expect(await shown('Write src/add.test.ts.')).toContain('.cursor/rules/tests.mdc')
    expect(await shown('Write src/add.ts.')).not.toContain('.cursor/rules/tests.mdc')
    expect(await shown('Change site/a.css.')).toContain('.cursor/rules/styles.mdc')
  })

  it('the same text once, and nothing of a file that cannot be shown or is empty', async () => {
    const given = { 'AGENTS.md': 'Same.', 'CLAUDE.md': 'Same.\n', '.cursorrules': ' \n' }
    const { shown } = await rulesFor({
      files: [...Object.keys(given), 'packages/AGENTS.md'],
      brief: 'packages/a.ts',
      characters: 1_000,
      read: async (path) => (given as Record<string, string>)[path],
    })
    expect(shown).toEqual([{ path: 'CLAUDE.md', folder: '', text: 'Same.' }])
  })

  it('less of long files, whole lines of their beginning, the nearest first', async () => {
    const line = `${'long '.repeat(20)}\n`
    const given = { 'AGENTS.md': line.repeat(200), 'packages/AGENTS.md': line.repeat(200) }
    const { shown } = await rules('packages/a.ts', { texts: given, characters: 10_000 })
    expect(shown.map(({ path }) => path)).toEqual(['AGENTS.md', 'packages/AGENTS.md'])
    const [far = '', near = ''] = shown.map(({ text }) => text)
    expect(near.length).toBeGreaterThan(7_500)
    expect(far.length).toBeLessThan(2_100)
    for (const text of [far, near]) expect(text).toMatch(/long \n\[\d+ more characters\]$/)
    expect(shown.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThan(10_100)
  })

  it('no more than 20 files, of a repository that has thousands', async () => {
    const given = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, at) => [`.cursor/rules/r${at}.md`, `Rule ${at}.`]),
    )
    expect((await rules('x', { texts: given })).shown).toHaveLength(20)
    const nested = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, at) => [`d${at}/AGENTS.md`, `Rule ${at}.`]),
    )
    expect((await rules('x', { texts: nested })).elsewhere).toHaveLength(20)
  })
})
