// What `canopy config` and `canopy trust` say and leave behind.

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Terminal } from '../../../cli/terminal.ts'
import { called } from '../called.ts'
import { scratch } from '../scratch.ts'

/** A home with a repository in it, whose canopy.yaml says this. */
function place({ repository: text, user }: { repository?: string; user?: string }) {
  const home = scratch()
  const repository = join(home, 'library')
  mkdirSync(join(repository, '.git'), { recursive: true })
  mkdirSync(join(home, '.config', 'canopy'), { recursive: true })
  if (text !== undefined) writeFileSync(join(repository, 'canopy.yaml'), text)
  if (user !== undefined) writeFileSync(join(home, '.config', 'canopy', 'config.yaml'), user)
  const canopy = (args: readonly string[], other: Partial<Terminal> = {}) => called(args, home, other)
  return { home, repository, canopy }
}

describe('canopy config', () => {
  it('explains every value, its layer and place, and what was refused and why', async () => {
    const { repository, canopy, home } = place({
      repository: 'workers: 1\ngates: { size: { lines: 100 } }\nbudget:\n  run: { usd: 1000000 }\n',
      user: 'budget: { run: { usd: 20 } }\n',
    })
    const outcome = ['--outcome', 'words', '--repo', repository]
    const { code, out } = await canopy(['config', '--explain', ...outcome])
    expect(code).toBe(0)
    expect(out).toContain('layers: program < user < repository < options')
    expect(out).toContain(`your own file: ${join(home, '.config', 'canopy', 'config.yaml')}`)
    expect(out).toContain(`workers: 1  (repository: ${join(repository, 'canopy.yaml')}:1:10)`)
    expect(out).toContain('gates.size.files: 40  (program: policy balanced)')
    expect(out).toMatch(/budget\.run\.usd: 20 {2}\(user: .*config\.yaml:1:23\)/)
    expect(out).toContain('budget.attempt.usd: 0.5  (program)')
    expect(out).toContain('models.providers.anthropic.key-env: "ANTHROPIC_API_KEY"  (program)')
    expect(out).toContain(
      `${join(repository, 'canopy.yaml')}:4:15: budget.run.usd is 1000000; a repository may only be stricter, and 20 holds`,
    )
    const json = JSON.parse((await canopy(['config', '--json', ...outcome])).out)
    expect(json.refused).toMatchObject([{ field: 'budget.run.usd', value: 1_000_000, layer: 'repository' }])
    expect(json.values).toContainEqual(
      expect.objectContaining({ field: 'gates.size.lines', value: 100, layer: 'repository' }),
    )
    const run = await canopy(['run', ...outcome])
    expect(run).toMatchObject({ code: 2, out: '' })
    expect(run.err).toContain('canopy trust DIR')
  })

  it('says of a value once what it is, and what is wrong with it', async () => {
    const { repository, canopy } = place({
      repository: 'commands: { tests: { run: x, coverage: ../../.. } }\n',
    })
    const { code, err } = await canopy(['config', '--repo', repository])
    expect(code).toBe(2)
    expect(err).toContain(
      'canopy.yaml:1:40: commands.tests.coverage is "../../.."; it has .. in it: give a path',
    )
  })

  it('shows control characters of a stranger as escapes', async () => {
    const { repository, canopy } = place({ repository: 'commands: { lint: "\\e[2Jclear" }\n' })
    const { out } = await canopy(['config', '--explain', '--repo', repository])
    expect(out).not.toContain('\u001b')
    expect(out).toContain('clear')
  })

  it('needs no repository and no file', async () => {
    const { canopy } = place({})
    expect(await canopy(['config'])).toMatchObject({ code: 0, err: '' })
    expect((await canopy(['config', '--config', 'nowhere.yaml'])).err).toContain(
      'nowhere.yaml cannot be read',
    )
  })
})

describe('canopy trust', () => {
  const LOOSE = 'gates: { policy: fast_iteration }\n'

  it('shows what the file would decide, asks, and keeps its hash for the user alone', async () => {
    const { repository, canopy, home } = place({ repository: LOOSE })
    const asked: string[] = []
    const answering = (answer: boolean) => ({
      confirm: async (question: string) => {
        asked.push(question)
        return answer
      },
    })
    expect(await canopy(['trust', repository], answering(false))).toMatchObject({ code: 1 })
    expect((await canopy(['trust', '--list'])).out).toBe('no repository is trusted\n')
    const { code, out } = await canopy(['trust', repository], answering(true))
    expect(code).toBe(0)
    expect(out).toContain('gates.policy: "fast_iteration"')
    expect(asked).toHaveLength(2)
    const folder = join(home, '.local', 'state', 'canopy', 'trusted')
    const [file = ''] = readdirSync(folder)
    expect([statSync(folder).mode & 0o777, statSync(join(folder, file)).mode & 0o777]).toEqual([0o700, 0o600])
    expect(JSON.parse(readFileSync(join(folder, file), 'utf8'))).toMatchObject({ repository })
    expect((await canopy(['trust', '--list'])).out).toContain(repository)
    expect((await canopy(['trust', repository])).out).toContain('trusted already')
    expect((await canopy(['config', '--repo', repository, '--json'])).out).toContain('"refused":[]')
    expect((await canopy(['trust', '--revoke', repository])).out).toContain('no longer trusted')
    expect((await canopy(['config', '--repo', repository, '--json'])).out).toContain('"gates.policy"')
  })

  it('trusts nothing without a terminal unless --yes is given', async () => {
    const { repository, canopy } = place({ repository: LOOSE })
    const refused = await canopy(['trust', repository])
    expect(refused.code).toBe(2)
    expect(refused.err).toContain('canopy trust DIR --yes')
    expect((await canopy(['trust', repository, '--yes'])).code).toBe(0)
  })

  it('is refused for what no repository may say, and where there is nothing to trust', async () => {
    const key =
      'models: { providers: [{ name: mine, protocol: openai-chat, base-url: http://a, key-env: A_KEY }] }'
    const { repository, canopy } = place({ repository: key })
    const { code, err } = await canopy(['trust', repository, '--yes'])
    expect(code).toBe(2)
    expect(err).toContain('only the user decides which key is sent to which address')
    const { repository: bare, canopy: there } = place({})
    expect((await there(['trust', bare, '--yes'])).err).toContain('has no canopy.yaml')
    expect((await there(['trust'])).err).toContain('the repository is missing')
  })
})

describe('--roadmap', () => {
  it('names milestones outside the repository, with files that accept them', async () => {
    const { repository, canopy, home } = place({})
    const goal = '{ outcome: x, accept: ["true", { run: node --test accept, files: hidden }] }'
    writeFileSync(join(home, 'roadmap.yaml'), `milestones: [{ id: a, name: A, goal: ${goal} }]\n`)
    const args = ['config', '--json', '--repo', repository, '--roadmap', 'roadmap.yaml']
    expect((await canopy(args)).err).toContain(`there is no folder ${join(home, 'hidden')}`)
    mkdirSync(join(home, 'hidden'))
    const { values } = JSON.parse((await canopy(args)).out) as { values: { field: string; value: unknown }[] }
    expect(values.find(({ field }) => field === 'milestones')).toMatchObject({
      layer: 'options',
      value: [{ goal: { accept: ['true', { run: 'node --test accept', files: join(home, 'hidden') }] } }],
    })
  })

  it('holds milestones and nothing else', async () => {
    const { repository, canopy, home } = place({})
    writeFileSync(
      join(home, 'roadmap.yaml'),
      'milestones: [{ id: a, name: A, goal: { outcome: x } }]\nworkers: 2\n',
    )
    const { code, err } = await canopy(['config', '--repo', repository, '--roadmap', 'roadmap.yaml'])
    expect(code).toBe(2)
    expect(err).toContain('roadmap.yaml:2:1: a roadmap has workers; expected only milestones')
  })
})
