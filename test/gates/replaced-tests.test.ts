// What existing tests ask for stays, unless a person says of exactly that content that it may be otherwise.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { analysis } from '../../analysis/index.ts'
import { gatesUnder } from '../../gates/index.ts'
import type { AgentTask, Survey } from '../../machines/index.ts'
import { type JudgingWorkspace, judgeFiles } from '../workspace/judging.ts'
import { type Files, NODE_TEST, Playground, surveyed } from '../workspace/repositories.ts'

const TEST = `import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { fee } from '../src/fee.ts'
import { same } from './kit.ts'
const agreed = JSON.parse(readFileSync(new URL('agreed.json', import.meta.url), 'utf8'))
it('is as agreed', () => same(fee(7), agreed.fee))
const sums = Object.keys('abc').map(Number)
for (const sum of sums) it('adds to ' + sum, () => assert.ok(fee(sum) > sum))
`
const FILES: Files = {
  ...NODE_TEST,
  'src/fee.ts': 'export const fee = (sum: number) => sum + 5\n',
  'test/kit.ts': "import assert from 'node:assert/strict'\nexport const same = assert.equal\n",
  'test/agreed.json': '{ "fee": 12 }\n',
  'test/fee.test.ts': TEST,
}

const approved: string[] = []
const playground = new Playground()
let workspace: JudgingWorkspace
let survey: Survey
let tasks = 0

beforeAll(async () => {
  const gates = gatesUnder({}).filter(({ name }) => /^(integrity|regression)$/.test(name))
  const has = async (path: string, blob: string) => approved.some((one) => `${path}@${blob}`.startsWith(one))
  workspace = await playground.open(playground.repository(FILES), { analysis, gates, approvals: { has } })
  survey = await surveyed(workspace)
})
afterAll(() => playground.dispose())

async function judge(files: Files): Promise<string> {
  const id = `task-${++tasks}`
  const milestone = `m${tasks}`
  await workspace.openMilestone({ milestone, survey })
  const named = { files: Object.keys(files), kind: 'code' as const }
  const task: AgentTask = { id, ...named, title: 'a', instructions: 'a', round: 1, needs: [] }
  const order = { survey, milestone, commit: survey.head, task, files }
  const { kind, verdicts } = await judgeFiles(workspace, order)
  return [kind, ...verdicts.flatMap(({ findings }) => findings)].join('\n')
}

const namedIn = (said: string) =>
  [...said.matchAll(/canopy approve '?([^\s';]+)/g)].map(([, one = '']) => one)

it('is merged with other data for its tests when a person approved those, and with them alone', async () => {
  const change = {
    'src/fee.ts': 'export const fee = (sum: number) => sum + 6\n',
    'test/agreed.json': '{ "fee": 13 }\n',
  }
  const refused = await judge(change)
  expect(refused).toMatch(/^rejected\ntest\/agreed.json: existing tests rely on it, and it is changed/)
  approved.push(...namedIn(refused))
  expect(approved).toEqual([expect.stringMatching(/^test\/agreed.json@[0-9a-f]{12}$/)])
  expect(await judge(change)).toBe('merged')
  // The approved data is asked of the source, too.
  expect(await judge({ ...change, 'src/fee.ts': 'export const fee = (sum: number) => sum + 7\n' })).toMatch(
    /^rejected/,
  )
})

it('is refused with fewer tests than there were, which are made when they run', async () => {
  const fewer = TEST.replace('.map(Number)', '.map(Number).filter((one) => one % 2 === 1)')
  const said = await judge({
    'src/fee.ts': '// It is five.\n'.concat(FILES['src/fee.ts'] ?? ''),
    'test/fee.test.ts': fewer,
  })
  expect(said).toMatch(/^rejected\n2 tests pass in the changed test files, 4 at the tip/)
})
