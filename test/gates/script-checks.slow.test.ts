// Checks that `npm test` runs besides the tests are kept: a change that breaks one is not merged.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { analysis } from '../../analysis/index.ts'
import type { AgentTask, Survey } from '../../machines/index.ts'
import { type JudgingWorkspace, judgeFiles } from '../workspace/judging.ts'
import { type Files, NODE_TEST, Playground, surveyed } from '../workspace/repositories.ts'

const LINT = `import { readdirSync, readFileSync } from 'node:fs'
const bad = readdirSync('src').filter((name) => /\\bvar\\b/.test(readFileSync('src/' + name, 'utf8')))
for (const name of bad) console.log('src/' + name + ': var is not allowed')
process.exitCode = bad.length
`

interface Judged {
  readonly workspace: JudgingWorkspace
  readonly survey: Survey
}

async function open(playground: Playground, files: Files): Promise<Judged> {
  const workspace = await playground.open(playground.repository(files), { analysis })
  const survey = await surveyed(workspace)
  await workspace.openMilestone({ milestone: 'm', survey })
  return { workspace, survey }
}

async function judged({ workspace, survey }: Judged, id: string, keyword: string) {
  const { tip: commit } = await workspace.milestone({ milestone: 'm' })
  const words = { title: 'doubles', instructions: 'double', round: 1, needs: [], files: [] }
  const task: AgentTask = { id, kind: 'code', ...words }
  const files = {
    'src/double.ts': `export function double(n: number): number {\n  ${keyword} twice = n * 2\n  return twice\n}\n`,
    'test/double.test.ts': `import assert from 'node:assert/strict'
import { it } from 'node:test'
import { double } from '../src/double.ts'
it('doubles', () => assert.equal(double(4), 8))
`,
  }
  const { kind, verdicts } = await judgeFiles(workspace, { survey, milestone: 'm', commit, task, files })
  return { kind, lint: verdicts.find(({ gate }) => gate === 'lint') }
}

describe('a check in the script', () => {
  const playground = new Playground()
  let at: Judged

  beforeAll(async () => {
    const scripts = { test: 'npm run lint && node --test', lint: 'node lint.mjs || exit 1' }
    const files = {
      ...NODE_TEST,
      'package.json': JSON.stringify({ name: 'sample', type: 'module', scripts }),
      'lint.mjs': LINT,
    }
    at = await open(playground, files)
  })
  afterAll(() => playground.dispose())

  it('rejects a change that breaks it, with what it says', async () => {
    const { kind, lint } = await judged(at, 'broken', 'var')
    expect(kind).toBe('rejected')
    expect(lint).toMatchObject({
      kind: 'failed',
      findings: expect.arrayContaining(['src/double.ts: var is not allowed']),
    })
  })

  it('lets a change pass that keeps it', async () => {
    expect(await judged(at, 'kept', 'const')).toMatchObject({ kind: 'merged', lint: { kind: 'passed' } })
  })
})

describe('a linter that gives no answer', () => {
  const playground = new Playground()
  afterAll(() => playground.dispose())

  it('before the change either is left out, with what it said', async () => {
    const at = await open(playground, { ...NODE_TEST, 'biome.json': '{ "linter": 5 }' })
    const { kind, lint } = await judged(at, 'kept', 'const')
    expect(kind).toBe('merged')
    expect(lint).toMatchObject({
      kind: 'left_out',
      findings: [expect.stringMatching(/^the linter fails before the change, too: .*biome/)],
    })
  })
})
