import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { UserError } from '../../../app/errors.ts'
import { closeRunDirectory, openRunDirectory } from '../../../app/run/run-directory.ts'
import { dataDirectoryOf, type HostEnvironment } from '../../../app/settings/data-directory.ts'
import { type RunOptions, resolveSettings } from '../../../app/settings/settings.ts'
import { defaultBudget } from '../../../machines/index.ts'
import { createKeyring, issue } from '../../../transport/index.ts'
import { scratch } from '../../cli/scratch.ts'

/** A machine with a home of its own and a repository in it. */
function machine(): { around: HostEnvironment; home: string; repo: string } {
  const home = scratch()
  const repo = join(home, 'my library')
  mkdirSync(join(repo, '.git'), { recursive: true })
  return { around: { directory: home, env: {}, home, cores: 4 }, home, repo }
}

async function refusal(options: RunOptions, around: HostEnvironment): Promise<UserError> {
  const error = await resolveSettings(options, around).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(UserError)
  expect((error as UserError).wayOut).not.toBe('')
  return error as UserError
}

describe('the settings of a run', () => {
  it('have defaults for everything', async () => {
    const { around, home } = machine()
    const settings = await resolveSettings({}, around)
    expect(settings).toMatchObject({
      sample: true,
      workers: 4,
      sandbox: true,
      sync: false,
      json: false,
      seed: 1,
      allowDirty: false,
      allowedDependencies: [],
      milestones: [{ id: 'branch-coverage-90', goal: { branchCoverage: 90 } }],
    })
    expect(settings.dataDirectory.startsWith(join(home, '.local', 'state', 'canopy'))).toBe(true)
    expect(settings.repository.startsWith(settings.dataDirectory)).toBe(true)
    expect(settings.nats).toBeUndefined()
  })

  it('take every option', async () => {
    const { around, repo, home } = machine()
    const key = await issue(createKeyring('own'), { member: 'main', now: 1, expires: null })
    writeFileSync(join(around.directory, 'main.creds'), key.credentials)
    const settings = await resolveSettings(
      {
        repo: 'my library',
        goal: 'branch-coverage=92.5%',
        workers: '2',
        bring: ['src/_version.py'],
        data: 'state',
        json: true,
        sandbox: false,
        nats: 'nats://127.0.0.1:4222',
        creds: 'main.creds',
        sync: true,
        seed: '7',
        allowDirty: true,
        allowDependencies: 'git,scripts',
        backupEvery: '0',
        keepBackups: '3',
      },
      around,
    )
    expect(settings).toEqual({
      backupEvery: 0,
      budget: defaultBudget(false),
      keepBackups: 3,
      repository: repo,
      sample: false,
      milestones: [expect.objectContaining({ id: 'branch-coverage-92-5', goal: { branchCoverage: 92.5 } })],
      workers: 2,
      commands: { bring: ['src/_version.py'] },
      dataDirectory: join(home, 'state'),
      json: true,
      sandbox: false,
      sandboxLimits: { 'disk-mb': 2048, files: 200_000 },
      nats: expect.objectContaining({
        url: 'nats://127.0.0.1:4222',
        identity: expect.objectContaining({ member: 'main', system: 'own' }),
      }),
      sync: true,
      seed: 7,
      allowDirty: true,
      allowedDependencies: ['git', 'scripts'],
    })
  })

  it('take the roadmap of the repository, and its workers', async () => {
    const { around, repo } = machine()
    writeFileSync(
      join(repo, 'canopy.yaml'),
      'milestones:\n  - {id: a, name: A, goal: {branch-coverage: 50}}\nworkers: 3\n',
    )
    const settings = await resolveSettings({ repo }, around)
    expect(settings.milestones.map(({ id }) => id)).toEqual(['a'])
    expect(settings.workers).toBe(3)
    expect((await resolveSettings({ repo, workers: '1' }, around)).workers).toBe(1)
  })

  it('let --goal stand in for a roadmap, but not for what else a broken file may say', async () => {
    const { around, repo } = machine()
    const goal = 'branch-coverage=70'
    writeFileSync(join(repo, 'canopy.yaml'), 'gates: { policy: no_compromise }')
    const settings = await resolveSettings({ repo, goal }, around)
    expect(settings.milestones.map(({ id }) => id)).toEqual(['branch-coverage-70'])
    expect(settings.gates).toMatchObject({ policy: 'no_compromise' })
    writeFileSync(join(repo, 'canopy.yaml'), 'nonsense')
    expect((await refusal({ repo, goal }, around)).code).toBe('configuration_invalid')
  })

  it('never have more than 16 workers by themselves, and at least one', async () => {
    const { around } = machine()
    expect((await resolveSettings({}, { ...around, cores: 128 })).workers).toBe(16)
    expect((await resolveSettings({}, { ...around, cores: 0 })).workers).toBe(1)
  })
})

describe('the copy of the sample', () => {
  it('is a fresh one for each run, and the same one until a run is over', async () => {
    const { around } = machine()
    const first = await resolveSettings({}, around)
    expect((await resolveSettings({}, around)).repository).toBe(first.repository)
    const run = await openRunDirectory(first, 0)
    expect((await resolveSettings({}, around)).repository).toBe(first.repository)
    await closeRunDirectory(run)
    const second = await resolveSettings({}, around)
    expect(second.repository).not.toBe(first.repository)
    expect(second.repository.startsWith(second.dataDirectory)).toBe(true)
  })
})

const TLS = 'tls://nats.example:4222'

describe('a bad option is told with its name and value, and changes nothing', () => {
  const cases: [RunOptions, string][] = [
    [{ goal: 'speed=9' }, '--goal is "speed=9"'],
    [{ goal: 'branch-coverage=101' }, '--goal is "branch-coverage=101"'],
    [{ goal: 'branch-coverage=' }, '--goal is "branch-coverage="'],
    [{ goal: 'branch-coverage=-5' }, '--goal is "branch-coverage=-5"'],
    [{ workers: '0' }, '--workers is "0"; expected a whole number from 1 to 16'],
    [{ workers: '17' }, '--workers is "17"'],
    [{ workers: 'many' }, '--workers is "many"'],
    [{ bring: ['/etc/passwd'] }, '--bring: "/etc/passwd" is absolute'],
    [{ bring: ['../x'] }, '--bring: "../x" has .. in it'],
    [{ seed: '1.5' }, '--seed is "1.5"'],
    [{ nats: 'http://localhost' }, '--nats is "http://localhost"'],
    [{ nats: '' }, '--nats is ""'],
    [{ nats: 'nats://127.0.0.1:4222' }, '--creds is missing'],
    [{ nats: 'nats://me:word@127.0.0.1:4222', creds: 'x' }, '--nats holds a user or a password'],
    [{ creds: 'main.creds' }, '--creds is "main.creds"; it needs --nats'],
    [{ tlsCa: 'ca.pem' }, '--tls-ca is "ca.pem"; it needs --nats'],
    [{ nats: TLS, creds: 'x', tlsCert: 'a-file' }, '--tls-cert needs --tls-key'],
    [{ nats: TLS, creds: 'x', tlsCa: 'nowhere' }, '--tls-ca cannot be read: ENOENT'],
    [{ nats: TLS, creds: 'x', tlsCa: 'a-file' }, 'a-file; expected a PEM file'],
    [{ repo: 'nowhere' }, 'nowhere; there is no such directory'],
    [{ repo: 'a-file' }, 'a-file; expected a directory'],
    [{ repo: 'plain' }, 'plain; it is not a git repository'],
    [{ repo: 'my library/src' }, 'src, a folder inside the repository'],
    [{ repo: 'my library', data: 'my library/state' }, 'inside the repository'],
    [{ repo: 'my library', data: 'my library' }, 'inside the repository'],
  ]
  it.each(cases)('%o', async (options, sentence) => {
    const { around, repo, home } = machine()
    mkdirSync(join(home, 'plain'))
    mkdirSync(join(repo, 'src'))
    writeFileSync(join(home, 'a-file'), '')
    expect((await refusal(options, around)).message).toContain(sentence)
    expect(readdirSync(home).sort()).toEqual(['a-file', 'my library', 'plain'])
    expect(existsSync(join(repo, 'state'))).toBe(false)
  })

  it('a data directory that cannot be made', async () => {
    const { around, home } = machine()
    writeFileSync(join(home, 'a-file'), '')
    const error = await refusal({ data: 'a-file/state' }, around)
    expect(error.message).toMatch(/cannot be written: .*not a directory/)
    expect(error.wayOut).toContain('--data DIR')
  })

  it('a data directory on a full disk', async () => {
    if (!existsSync('/dev/full')) return
    const { around } = machine()
    expect((await refusal({ data: '/dev/full' }, around)).code).toBe('data_unwritable')
  })
})

describe('the default data directory', () => {
  it('is below XDG_STATE_HOME when that is an absolute path', () => {
    const { around, home, repo } = machine()
    const inState = dataDirectoryOf({ repo }, { ...around, env: { XDG_STATE_HOME: '/var/state' } })
    expect(inState).toMatch(/^\/var\/state\/canopy\/my-library-[0-9a-f]{8}$/)
    const relative = dataDirectoryOf({ repo }, { ...around, env: { XDG_STATE_HOME: 'state' } })
    expect(relative.startsWith(home)).toBe(true)
  })

  it('is the same through a symbolic link, another for another repository of the same name', () => {
    const { around, repo, home } = machine()
    symlinkSync(repo, join(home, 'link'))
    const other = join(home, 'other', 'my library')
    mkdirSync(join(other, '.git'), { recursive: true })
    const of = (path: string): string => dataDirectoryOf({ repo: path }, around)
    expect(of(join(home, 'link'))).toBe(of(repo))
    expect(of(other)).not.toBe(of(repo))
  })
})

describe('what the user grants agents', () => {
  const granting = (said: string) => {
    const { around, home, repo } = machine()
    const config = join(home, 'config.yaml')
    writeFileSync(config, said.replaceAll('REPO', repo), { mode: 0o600 })
    mkdirSync(join(repo, 'skills'))
    mkdirSync(join(home, 'skills'))
    const env = { ANTHROPIC_API_KEY: 'sk-test', NOTES_TOKEN: 'a token', OTHER: 'no' }
    return { home, around: { ...around, env }, options: { repo, config, outcome: 'It is done.' } }
  }
  const server = (env: string) =>
    `mcp: { notes: { command: [notes], tools: [add], effect: read, files: [~/notes, /opt], env: [${env}] } }\n`

  it('is each server with the variables that it names, and the real folders of skills', async () => {
    const { home, around, options } = granting(`${server('NOTES_TOKEN')}skills: [~/skills]\n`)
    const { mcp, skills } = await resolveSettings(options, around)
    expect(mcp).toMatchObject([
      { name: 'notes', variables: { NOTES_TOKEN: 'a token' }, files: [join(home, 'notes'), '/opt'] },
    ])
    expect(skills).toEqual([join(home, 'skills')])
  })

  it.each([
    [server('NOTES_TOKEN, MISSING'), 'mcp.notes.env[1] is MISSING, which is not set in the environment'],
    ['skills: [~/skills, ~/none]\n', 'skills[1] is ~/none; there is no such folder'],
    ['skills: ["REPO/skills"]\n', 'it is inside the repository'],
  ])('is refused when it cannot be so: %s', async (said, sentence) => {
    const { around, options } = granting(said)
    expect((await refusal(options, around)).message).toContain(sentence)
  })

  it('is nothing without a goal for agents', async () => {
    const { around, options } = granting(server('MISSING'))
    const { outcome: _, ...others } = options
    expect((await resolveSettings(others, around)).mcp).toBeUndefined()
  })
})
