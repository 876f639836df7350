// The documents: everything that a page names exists, and its examples are accepted.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checks } from './documents/checks.ts'
import { completeLists, missingIn } from './documents/lists.ts'
import { blocksOf, pageAt, project } from './documents/page.ts'

const names = readdirSync(join(project, 'docs'), { recursive: true, encoding: 'utf8' })
const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...names.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
]

/** A page with one mistake for each check. */
const WRONG = `
[a page](docs/nowhere.md) and \`kernel/nowhere.ts\`, \`nowhere.ts\`, \`npm run nothing\`, \`npm run bench -- nothing\`,
\`canopy dance\`, \`canopy status --nothing\`, \`--nothing\`, \`gates: { nothing: 1 }\`

\`\`\`sh
canopy run --nothing
\`\`\`

\`\`\`yaml
budget: { run: { euros: 5 } }
\`\`\`

\`\`\`ts
const nothing = 1
\`\`\`
`

describe('the documents', () => {
  it('have a README of at most 250 lines', () => {
    expect(pageAt('README.md').text.split('\n').length).toBeLessThanOrEqual(250)
  })

  it.each(pages)(
    'name only things that exist, and have only examples that are accepted: %s',
    async (path) => {
      const page = pageAt(path)
      const mistakes: Record<string, string[]> = {}
      for (const [subject, check] of Object.entries(checks)) {
        const found = await check(page)
        if (found.length > 0) mistakes[subject] = found
      }
      expect(mistakes).toEqual({})
    },
  )

  it.each(Object.keys(checks))('are checked for mistakes in %s', async (subject) => {
    const found = await checks[subject]?.({ path: 'README.md', text: WRONG })
    expect(found).toHaveLength(subject === 'commands in sentences' ? 2 : 1)
  })

  it.each(Object.entries(completeLists))('list all %s', (_, list) => {
    expect(list.names.length).toBeGreaterThan(3)
    expect(missingIn(list)).toEqual([])
    expect(missingIn({ ...list, names: ['nothing'] })).toEqual(['nothing'])
  })

  it('have excerpts of tested code in the guides of the library', () => {
    for (const page of ['tutorial', 'library', 'testing-machines', 'supervision'])
      expect(blocksOf(pageAt(`docs/${page}.md`), 'ts').length, page).toBeGreaterThan(2)
  })
})
