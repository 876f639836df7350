// Checks that `npm test` runs besides the tests are kept: a change that breaks one is not merged.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { analysis } from '../../analysis/index.ts'
import type { AgentTask, Survey } from '../../machines/index.ts'
import { type JudgingWorkspace, judgeFiles } from '../workspace/judging.ts'
import { NODE_TEST, Playground, surveyed } from '../workspace/repositories.ts'

const LINT = `import { readdirSync, readFileSync } from 'node:fs'
const bad = readdirSync('src').filter((name) => /\\bvar\\b/.test(readFileSync('src/' + name, 'utf8')))
for (const name of bad) console.log('src/' + name + ': var is not allowed')
process.exitCode = bad.length
`

describe('a check in the script', () => {
  const playground = new Playground()
  let workspace: JudgingWorkspace
  let survey: Survey

  beforeAll(async () => {
    const scripts = { test: 'npm run lint && node --test', lint: 'node lint.mjs || exit 1' }
    const files = {
      ...NODE_TEST,
      'package.json': JSON.stringify({ name: 'sample', type: 'module', scripts }),
      'lint.mjs': LINT,
    }
    workspace = await playground.open(playground.repository(files), { analysis })
    survey = await surveyed(workspace)
    await workspace.openMilestone({ milestone: 'm', survey })
  })
  afterAll(() => playground.dispose())

  const judged = async (id: string, keyword: string) => {
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

  it('rejects a change that breaks it, with what it says', async () => {
    const { kind, lint } = await judged('broken', 'var')
    expect(kind).toBe('rejected')
    expect(lint).toMatchObject({
      kind: 'failed',
      findings: expect.arrayContaining(['src/double.ts: var is not allowed']),
    })
  })

  it('lets a change pass that keeps it', async () => {
    expect(await judged('kept', 'const')).toMatchObject({ kind: 'merged', lint: { kind: 'passed' } })
  })
})
