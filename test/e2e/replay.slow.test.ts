// A recorded run, run again from where it began, decides the same and leaves the same trees; a run that decided
// something else is told from it.

import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Canopy, git, plainRepository } from './canopy.ts'

describe('canopy replay', () => {
  let repository: string
  let data: string
  const recording = () => join(data, 'runs/1/recording.jsonl')

  async function replay(): Promise<{
    code: number | null
    answer: { differences: string[]; decisions: number }
  }> {
    const replayed = new Canopy(['replay', '1', '--repo', repository, '--data', data, '--json'])
    const code = await replayed.ended
    return { code, answer: replayed.last as never }
  }

  beforeAll(async () => {
    repository = await plainRepository(2)
    data = await mkdtemp(join(tmpdir(), 'canopy-e2e-data-'))
    const goal = ['--goal', 'branch-coverage=100', '--workers', '2', '--json']
    const run = new Canopy(['run', '--repo', repository, '--data', data, ...goal])
    await run.ended
    expect(run.last.type).toBe('run.finished')
  })
  afterAll(async () => {
    await rm(repository, { recursive: true, force: true })
    await rm(data, { recursive: true, force: true })
  })

  it('the same run comes to the same decisions and trees, and leaves nothing behind', async () => {
    const branches = await git(repository, 'branch', '--list', '--format=%(refname) %(objectname)')
    // The repository has gone on since.
    await writeFile(join(repository, 'README.md'), 'later\n')
    await git(repository, 'add', '--all')
    await git(repository, 'commit', '--quiet', '--message=Later')
    const { code, answer } = await replay()
    expect(answer.differences).toEqual([])
    expect(answer.decisions).toBeGreaterThan(5)
    expect(code).toBe(0)
    const after = await git(repository, 'branch', '--list', '--format=%(refname) %(objectname)')
    expect(after.split('\n').filter((line) => line.includes('canopy/'))).toEqual(
      branches.split('\n').filter((line) => line.includes('canopy/')),
    )
    expect((await readdir(data)).filter((name) => name.startsWith('replay-'))).toEqual([])
  })

  it('another decision and another tree are told, with exit code 1', async () => {
    const text = await readFile(recording(), 'utf8')
    const tree = /"tree":"([0-9a-f]{40})"/.exec(text)?.[1] ?? ''
    await writeFile(recording(), text.replace(tree, '0'.repeat(40)))
    await appendFile(recording(), `${JSON.stringify({ type: 'decided', decision: 'm/t: nothing' })}\n`)
    const { code, answer } = await replay()
    expect(code).toBe(1)
    expect(answer.differences).toEqual([
      `tree of canopy/branch-coverage-100: recorded ${'0'.repeat(40)}, now ${tree}`,
      'only recorded: m/t: nothing',
    ])
  })

  it('a run that is not over cannot be replayed', async () => {
    const text = await readFile(recording(), 'utf8')
    await writeFile(
      recording(),
      text
        .split('\n')
        .filter((line) => !line.includes('"ended"'))
        .join('\n'),
    )
    const replayed = new Canopy(['replay', '--repo', repository, '--data', data])
    expect(await replayed.ended).toBe(2)
    expect(replayed.error).toContain('this run is not finished')
  })
})
