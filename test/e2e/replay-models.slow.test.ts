// A recorded run with models, run again with nobody to ask: what they said then is all there is. Its tasks were carried out
// beside each other, one was sent back, one conversation was made shorter, and the first that was begun was held up until
// the others were merged, as it cannot be when its answers are there at once.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStore } from '../../persistence/index.ts'
import { type Decide, startModelServer } from '../model-servers/index.ts'
import { Canopy } from './canopy.ts'
import { crewConfiguration, crewRepository, MILESTONE, playCrew } from './crew.ts'
import { mergesOf } from './run-story.ts'

const PROGRAM = join(import.meta.dirname, '../agents/mcp/server.js')
const TOKEN = 'notes-5f2c81-token'
const notes = {
  command: [process.execPath, PROGRAM],
  tools: ['sees'],
  effect: 'external',
  env: ['NOTES_TOKEN'],
  files: [PROGRAM],
}

describe('canopy replay of a run with models', () => {
  let repository: string
  let data: string
  let run: Canopy
  const conversations: string[] = []

  async function replay() {
    const replayed = new Canopy(['replay', '1', '--repo', repository, '--data', data, '--json'])
    const code = await replayed.ended
    return { code, error: replayed.error, answer: replayed.lines.at(-1) }
  }

  /** Changes what was recorded, as `change` says. */
  async function inReplies(
    change: (replies: ReadonlyMap<string, Recorded>) => readonly [string, unknown][],
  ): Promise<void> {
    const store = await openStore({ directory: join(data, 'runs/1/store') })
    const replies = store.replies()
    const all = new Map<string, Recorded>()
    for await (const key of replies.keys()) all.set(key, (await replies.get(key)) as Recorded)
    for (const [key, recording] of change(all)) await replies.put(key, recording, new Map())
    await store.close()
  }

  beforeAll(async () => {
    const decide = playCrew()
    const heard: Decide = (asked, ...rest) => {
      conversations.push(JSON.stringify(asked.turns))
      return decide(asked, ...rest)
    }
    await using server = await startModelServer({ decide: heard, key: 'none' })
    data = await mkdtemp(join(tmpdir(), 'canopy-e2e-data-'))
    const skills = join(data, 'skills')
    await mkdir(join(skills, 'words'), { recursive: true })
    await writeFile(join(skills, 'words/SKILL.md'), '---\ndescription: Words\n---\nWrite words so.\n')
    repository = await crewRepository()
    const config = join(data, 'config.yaml')
    await writeFile(
      config,
      crewConfiguration(server.baseUrl('anthropic'), { mcp: { notes }, skills: [skills] }),
    )
    const where = ['--repo', repository, '--data', data, '--config', config]
    run = new Canopy(['run', ...where, '--json', '--allow-dirty'], [], { NOTES_TOKEN: TOKEN })
    await run.ended
  })
  afterAll(async () => {
    await rm(repository, { recursive: true, force: true })
    await rm(data, { recursive: true, force: true })
  })

  it('comes to the same decisions and trees', async () => {
    const of = (type: string) => run.lines.filter((line) => line.type === type)
    expect(run.last, run.error).toMatchObject({ status: 'reached' })
    expect(of('task.retried')).toMatchObject([{ task: 'p1-beta' }])
    expect(of('agent.compacted')).toMatchObject([{ task: 'p1-gamma' }])
    const merged = ['p1-gamma', 'p1-beta', 'p1-alpha', 'p1-delta']
    expect((await mergesOf(repository, `canopy/${MILESTONE}`)).toReversed()).toEqual(merged)
    const { code, answer, error } = await replay()
    expect(answer, error).toMatchObject({ differences: [], branches: 1 })
    expect(answer?.decisions).toBeGreaterThan(10)
    // Each began on what was merged before it then: what they saw of the others' files is the same.
    const inexact = (answer?.inexact ?? []) as string[]
    expect(inexact.filter((told) => /\b(alpha|beta|gamma|delta)\.ts\b/.test(told))).toEqual([])
    // An MCP server says its process, which is another one each time: nothing was asked of it again.
    expect(inexact.filter((told) => told.includes('pid'))).toEqual([])
    expect(code).toBe(0)
  })

  it('gave an agent the answer of an MCP server and a skill, and no agent a secret', async () => {
    const delta = conversations.findLast((each) => each.includes('Word delta')) ?? ''
    expect(delta).toContain('notes answers:')
    expect(delta).toContain('NOTES_TOKEN')
    expect(delta).toContain('Write words so.')
    expect(conversations.filter((each) => each.includes(TOKEN))).toEqual([])
  })

  it('without an answer that was recorded ends at once, and says which', async () => {
    const conversation = `${MILESTONE}/plan-1/1/plan`
    let kept: [string, unknown][] = []
    await inReplies((all) => {
      const [plan] = [...all].filter(([, each]) => each.conversation === conversation)
      const [other] = [...all.values()].filter((each) => each.conversation !== conversation)
      kept = plan ? [plan] : []
      return kept.map(([key]) => [key, other])
    })
    const missing = await replay()
    expect(missing.error).toContain(`${conversation}, after 1 turn`)
    expect(missing.error).toContain('this request was not recorded')
    expect(missing.code).toBe(2)
    await inReplies(() => kept.map(([key, each]) => [key, { ...(each as Recorded), hash: 'another' }]))
    const altered = await replay()
    expect(altered.error).toContain(`(${conversation}) was altered`)
    expect(altered.code).toBe(2)
  })
})

interface Recorded {
  readonly conversation?: string
}
