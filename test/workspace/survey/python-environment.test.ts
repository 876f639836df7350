// Which Python a repository's tests run under, and the folder of programs that its worktrees get. The Pythons are stand-ins, and
// the sandbox answers for them.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readableWith } from '../../../workspace/dependencies.ts'
import type { WorkspaceParts } from '../../../workspace/index.ts'
import { type PythonEnvironment, pythonEnvironments } from '../../../workspace/python/environment.ts'
import { makeProgramsFolder } from '../../../workspace/python/programs-folder.ts'
import type { Command } from '../../../workspace/sandbox/sandbox.ts'
import { exited, writeEntries } from '../git-bench.ts'

let root: string
let said: string[]
let asked: Command[]
const saved = {
  PATH: process.env.PATH,
  VIRTUAL_ENV: process.env.VIRTUAL_ENV,
  CONDA_PREFIX: process.env.CONDA_PREFIX,
}
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'canopy-python-')))
  said = []
  asked = []
  process.env.PATH = join(root, 'path')
  delete process.env.VIRTUAL_ENV
  delete process.env.CONDA_PREFIX
  mkdirSync(join(root, 'repository'))
})
afterEach(() => {
  for (const [name, value] of Object.entries(saved))
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  rmSync(root, { recursive: true, force: true })
})

const at = (...names: string[]) => join(root, ...names)
const program = { bytes: '#!/bin/sh\n', mode: 0o755 }

/** A Python installation with its library. */
function installation(name: string): void {
  writeEntries(at(name), { 'bin/python3': program, 'bin/pip': program, 'lib/os.py': '' })
  symlinkSync('python3', at(name, 'bin/python'))
}

/** A virtual environment of an installation. */
function environment(folder: string, of: string): void {
  writeEntries(folder, { 'pyvenv.cfg': `home = ${at(of, 'bin')}\nversion = 3.12.1\n`, 'bin/pytest': program })
  symlinkSync(at(of, 'bin/python3'), join(folder, 'bin/python'))
}

function found(
  tracked: readonly string[] = [],
  answer = '{"version":"3.12.1","packages":{"pytest":"8.0.0"}}',
) {
  const run = async (command: Command) => {
    asked.push(command)
    return exited(0, { stdout: answer })
  }
  const parts = {
    repository: at('repository'),
    sandbox: { kind: 'bubblewrap', run },
    log: (text: string) => void said.push(text),
  }
  return pythonEnvironments(parts as unknown as WorkspaceParts, tracked, undefined)
}
const programs = async (tracked: readonly string[] = []) => (await found(tracked)).map((one) => one.program)

describe('the Python of a repository', () => {
  it('is first that in its checkout, then the activated one, then those on the PATH', async () => {
    installation('opt/python')
    environment(at('repository/venv'), 'opt/python')
    environment(at('repository/.venv'), 'opt/python')
    environment(at('active'), 'opt/python')
    installation('path-python')
    process.env.VIRTUAL_ENV = at('active')
    process.env.PATH = `relative:${at('path-python/bin')}:${at('missing')}`
    expect(await programs()).toEqual([
      at('repository/.venv/bin/python'),
      at('repository/venv/bin/python'),
      at('active/bin/python'),
      at('path-python/bin/python3'),
      at('path-python/bin/python'),
    ])
  })

  it('is asked in the sandbox, without its user settings, and may write nothing', async () => {
    installation('opt/python')
    environment(at('repository/.venv'), 'opt/python')
    const [first] = await found()
    expect(first).toEqual({
      program: at('repository/.venv/bin/python'),
      version: '3.12.1',
      bin: at('repository/.venv/bin'),
      packages: { pytest: '8.0.0' },
      readable: [at('repository/.venv'), at('opt/python')],
    })
    expect(asked[0]).toMatchObject({ cwd: '/', writable: [], readable: first?.readable })
    expect(asked[0]?.argv.slice(0, 3)).toEqual([at('repository/.venv/bin/python'), '-I', '-c'])
  })

  it.each(['', 'not JSON', '{}', '{"version":3,"packages":{}}', '[]'])(
    'is not used when it answers %j',
    async (answer) => {
      installation('opt/python')
      environment(at('repository/.venv'), 'opt/python')
      expect(await found([], answer)).toEqual([])
      expect(said).toEqual([`${at('repository/.venv/bin/python')} does not answer: it is not used`])
    },
  )

  it('is not a link in the checkout, nor one that git tracks, with the reason', async () => {
    installation('opt/python')
    environment(at('elsewhere'), 'opt/python')
    symlinkSync(at('elsewhere'), at('repository/.venv'))
    environment(at('repository/venv'), 'opt/python')
    expect(await programs(['venv/bin/python'])).toEqual([])
    expect(said).toEqual([
      `${at('repository/.venv')} is a link: it is not used`,
      `${at('repository/venv')} is tracked by git: it is not used`,
    ])
  })

  it('is no folder that only has the name of an environment', async () => {
    writeEntries(at('repository'), { 'env/settings.py': '', venv: 'a file', '.venv/bin/python': program })
    expect(await programs()).toEqual([])
    expect(said).toEqual([])
  })

  it('is none whose settings name a folder that is no installation', async () => {
    mkdirSync(at('plain/bin'), { recursive: true })
    writeEntries(at('repository/.venv'), {
      'pyvenv.cfg': `home = ${at('plain/bin')}\n`,
      'bin/python': program,
    })
    expect(await programs()).toEqual([])
    expect(asked).toEqual([])
  })

  it('is none that leads to the home of the user', async () => {
    writeEntries(at('repository/.venv'), {
      'pyvenv.cfg': `home = ${join(process.env.HOME ?? '/root', 'bin')}\n`,
      'bin/python': program,
    })
    for (const { readable = [] } of asked) expect(readable).not.toContain(process.env.HOME)
    await programs()
    expect(asked.flatMap(({ readable = [] }) => readable)).not.toContain(process.env.HOME)
  })

  it('is the version that pyenv would start in the place of its shim', async () => {
    installation('pyenv/versions/3.11.4')
    installation('pyenv/versions/3.12.0')
    writeEntries(root, {
      'pyenv/shims/python3': program,
      'pyenv/version': '3.12.0\n',
      'repository/.python-version': '3.11.4\n../../evil\n',
    })
    process.env.PATH = at('pyenv/shims')
    expect(await programs()).toEqual([
      at('pyenv/versions/3.11.4/bin/python'),
      at('pyenv/versions/3.12.0/bin/python'),
    ])
  })

  it('is none that was activated by a relative path', async () => {
    process.env.VIRTUAL_ENV = 'active'
    process.env.CONDA_PREFIX = at('missing')
    expect(await programs()).toEqual([])
  })
})

describe('the folder of programs', () => {
  const made = (more: Partial<PythonEnvironment> = {}, sources: readonly string[] = ['src', '']) => {
    const one = {
      program: at('env/bin/python'),
      version: '3.12.1',
      bin: at('env/bin'),
      readable: [at('env')],
      packages: { pytest: '8' },
    }
    return makeProgramsFolder({ dependencies: at('cache') }, { ...one, ...more }, sources)
  }
  beforeEach(() => {
    writeEntries(at('env/bin'), {
      python: program,
      pytest: program,
      'pip3.12': program,
      activate: '',
      'activate.fish': '',
      'Activate.ps1': '',
      'odd name': '',
    })
  })

  it('has each program of the environment, and nothing that is sourced', async () => {
    const folder = await made()
    expect(readdirSync(join(folder, '.bin')).sort()).toEqual(['pip3.12', 'pytest', 'python', 'python3'])
  })

  it('starts them with the code of the worktree first', async () => {
    writeEntries(at('env/bin'), {
      pytest: { bytes: '#!/bin/sh\necho "$PYTHONPATH|$PYTHONDONTWRITEBYTECODE|$1"\n', mode: 0o755 },
    })
    const folder = await made()
    mkdirSync(at('tree/node_modules'), { recursive: true })
    symlinkSync(join(folder, '.bin'), at('tree/node_modules/.bin'))
    const run = (env: Record<string, string>) =>
      execFileSync(at('tree/node_modules/.bin/pytest'), ['a b'], {
        env: { PATH: '/usr/bin:/bin', ...env },
        encoding: 'utf8',
      })
    expect(run({})).toBe(`${at('tree/src')}:${at('tree')}|1|a b\n`)
    expect(run({ PYTHONPATH: '/own' })).toBe(`${at('tree/src')}:${at('tree')}:/own|1|a b\n`)
  })

  it('is one for the same environment, and another when a package or a program changes', async () => {
    const first = await made()
    expect(await made()).toBe(first)
    expect(await made({ packages: { pytest: '9' } })).not.toBe(first)
    expect(await made({ version: '3.13.0' })).not.toBe(first)
    expect(await made({}, [''])).not.toBe(first)
    writeEntries(at('env/bin'), { ruff: program })
    expect(await made()).not.toBe(first)
  })

  it('is shown with the environment', async () => {
    const folder = await made()
    expect(await readableWith({ dependencies: at('cache') }, folder)).toEqual([join(folder, '..'), at('env')])
  })

  it('of an installation of the system has Python alone', async () => {
    const folder = await made({ readable: [], program: '/usr/bin/python3', bin: '/usr/bin' })
    expect(readdirSync(join(folder, '.bin'))).toEqual(['python', 'python3'])
    expect(readFileSync(join(folder, '.bin/python'), 'utf8')).toContain('exec /usr/bin/python3 "$@"')
  })

  it('starts a program whose path has spaces and quotes', async () => {
    const odd = at("it's here/bin")
    writeEntries(odd, { tool: { bytes: '#!/bin/sh\necho tool\n', mode: 0o755 }, python: program })
    const folder = await made({ bin: odd, program: join(odd, 'python'), readable: [at("it's here")] })
    expect(
      execFileSync(join(folder, '.bin/tool'), { encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } }),
    ).toBe('tool\n')
  })
})
