// What a command can do in the sandbox, tried by commands that want out.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  bubblewrap,
  type Command,
  type CommandEnding,
  probeBubblewrap,
  type Sandbox,
  unsandboxed,
} from '../../workspace/index.ts'
import { eventually } from '../eventually.ts'
import { findBwrap } from './find-bwrap.ts'

const node = process.execPath
let folder: string
let secret: string

beforeAll(() => {
  secret = mkdtempSync(join(homedir(), '.canopy-test-secret-'))
  writeFileSync(join(secret, 'id_rsa'), 'SECRET KEY')
})
afterAll(() => rmSync(secret, { recursive: true, force: true }))
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'canopy-sandbox-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function order(argv: readonly string[], more: Partial<Command> = {}): Command {
  return { argv, cwd: folder, writable: [folder], timeoutMs: 10_000, ...more }
}

const script = (text: string, more: Partial<Command> = {}) => order([node, '-e', text], more)
const shell = (text: string, more: Partial<Command> = {}) => order(['/bin/sh', '-c', text], more)

function stdout(ending: CommandEnding): string {
  expect(ending).toMatchObject({ kind: 'exited' })
  return ending.kind === 'exited' ? ending.stdout.trim() : ''
}

/** Processes of this machine whose command line has the mark. */
function alive(mark: string): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => commandLine(pid).includes(mark) && pid !== String(process.pid))
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

const sandboxes: [string, () => Sandbox][] = [
  ['bubblewrap', () => bubblewrap({ path: findBwrap() })],
  ['unsandboxed', unsandboxed],
]

describe.each(sandboxes)('%s', (_name, open) => {
  const run = (command: Command) => open().run(command)

  it('gives back the exit code and both streams', async () => {
    const ending = await run(shell('echo out; echo err >&2; exit 3'))
    expect(ending).toEqual({ kind: 'exited', code: 3, stdout: 'out\n', stderr: 'err\n' })
  })

  it('hands over what is to be read on stdin', async () => {
    expect(stdout(await run(shell('cat', { stdin: 'hello' })))).toBe('hello')
  })

  it('runs in the folder it was told, which it may write to', async () => {
    expect(stdout(await run(shell('pwd; echo written > here')))).toBe(folder)
    expect(readFileSync(join(folder, 'here'), 'utf8')).toBe('written\n')
  })

  it('shows the variables it was given and none of ours', async () => {
    process.env.CANOPY_TEST_TOKEN = 'token'
    try {
      const env = stdout(await run(shell('env', { env: { TZ: 'Asia/Tokyo' } })))
      expect(env).not.toContain('token')
      expect(env).toContain('TZ=Asia/Tokyo')
      expect(env).not.toContain(homedir())
    } finally {
      delete process.env.CANOPY_TEST_TOKEN
    }
  })

  it('ends what takes too long, with what it said until then', async () => {
    const ending = await run(shell('echo begun; sleep 60', { timeoutMs: 300 }))
    expect(ending).toMatchObject({ kind: 'timed_out', stdout: 'begun\n' })
  })

  it('ends one that ignores every signal', async () => {
    const text = "for (const s of ['SIGTERM','SIGINT','SIGHUP']) process.on(s, () => {}); for (;;) {}"
    expect(await run(script(text, { timeoutMs: 500 }))).toMatchObject({ kind: 'timed_out' })
  })

  it('ends on abort, also when that came first', async () => {
    const controller = new AbortController()
    const ending = run(shell('echo begun; sleep 61', { signal: controller.signal }))
    await eventually(() => alive('sleep\u000061').length > 0)
    controller.abort()
    expect(await ending).toMatchObject({ kind: 'aborted' })
    expect(alive('sleep\u000061')).toEqual([])
    expect(await run(shell('echo never', { signal: controller.signal }))).toMatchObject({ kind: 'aborted' })
  })

  it('leaves no process behind when the command ends and its child does not', async () => {
    await run(shell('sleep 62 & sleep 62 & echo done'))
    await eventually(() => alive('sleep\u000062').length === 0)
  })

  it('tells a command killed by somebody else from one that failed', async () => {
    const ending = await run(shell('kill -9 $$'))
    expect(ending).toMatchObject({ kind: 'signalled', signal: 'SIGKILL', outside: true })
  })

  it('tells a crash of its own from being killed', async () => {
    const ending = await run(script('process.abort()'))
    expect(ending).toMatchObject({ kind: 'signalled', signal: 'SIGABRT', outside: false })
  })

  it('ends what writes without end, and keeps the beginning and the end of it', async () => {
    const ending = await run(shell('echo first; yes', { outputBytes: 10_000 }))
    expect(ending).toMatchObject({ kind: 'exceeded', limit: 'output' })
    if (ending.kind !== 'exceeded') return
    expect(ending.stdout.startsWith('first\n')).toBe(true)
    expect(ending.stdout.length).toBeLessThan(11_000)
  })

  it('ends what takes too much memory, in one process or in many', async () => {
    const hog = 'const a = []; setInterval(() => a.push(Buffer.alloc(2e7, 1)), 20)'
    const one = await run(script(hog, { memoryMb: 200 }))
    expect(one).toMatchObject({ kind: 'exceeded', limit: 'memory' })
    const child = 'const a = Buffer.alloc(9e7, 1); setTimeout(() => {}, 20000)'
    const many = `for (let i = 0; i < 4; i++) require('child_process').spawn(process.execPath, ['-e', '${child}'])`
    expect(await run(script(many, { memoryMb: 300 }))).toMatchObject({ kind: 'exceeded', limit: 'memory' })
  })

  it('ends what starts too many processes', async () => {
    const ending = await run(shell('for i in $(seq 60); do sleep 20 & done; wait', { processes: 40 }))
    expect(ending).toMatchObject({ kind: 'exceeded', limit: 'processes' })
  })

  it('says so when there is no such program', async () => {
    expect(await run(order(['/no/such/program']))).toMatchObject({ kind: 'could_not_start' })
  })
})

describe('bubblewrap', () => {
  const run = (command: Command) => bubblewrap({ path: findBwrap() }).run(command)

  it('works on this machine', async () => {
    expect(await probeBubblewrap(findBwrap())).toEqual({ works: true })
  })

  it('says why when it does not work', async () => {
    expect(await probeBubblewrap('/no/such/bwrap')).toMatchObject({ works: false })
    const broken = join(folder, 'bwrap')
    writeFileSync(broken, '#!/bin/sh\necho "bwrap: setting up uid map: Permission denied" >&2; exit 1\n', {
      mode: 0o755,
    })
    const probe = await probeBubblewrap(broken)
    expect(probe).toMatchObject({ works: false, reason: expect.stringContaining('user namespaces') })
  })

  it('is asked again when another process kills the question', async () => {
    const mortal = join(folder, 'mortal-bwrap')
    const mark = join(folder, 'killed-once')
    const text = `#!/bin/sh
if [ "$1" = --args ] && ! [ -e '${mark}' ]; then touch '${mark}'; kill -9 $$; fi
exec '${findBwrap()}' "$@"
`
    writeFileSync(mortal, text, { mode: 0o755 })
    expect(await probeBubblewrap(mortal)).toEqual({ works: true })
    expect(existsSync(mark)).toBe(true)
    writeFileSync(mortal, '#!/bin/sh\nkill -9 $$\n')
    expect(await probeBubblewrap(mortal)).toMatchObject({
      works: false,
      reason: expect.stringContaining('signalled'),
    })
  })

  it('has no network, not even to this machine', async () => {
    const server = createServer((_, response) => response.end('reached'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    const text = `fetch('http://127.0.0.1:${port}').then(() => console.log('reached'), (e) => console.log(e.cause.code))`
    expect(stdout(await run(script(text)))).toBe('ECONNREFUSED')
    server.close()
  })

  it('shows nothing of the home folder', async () => {
    const ending = await run(
      shell(`cat ${join(secret, 'id_rsa')}; ls -A ${homedir()}; echo home: $(ls -A ~)`),
    )
    expect(ending).toMatchObject({ kind: 'exited' })
    expect(JSON.stringify(ending)).not.toContain('SECRET KEY')
    expect(stdout(ending)).toContain('home:')
    expect(stdout(ending)).not.toContain('.canopy-test-secret')
  })

  it.each(['/etc/canopy', '/usr/canopy', '/canopy', '/dev/canopy', '/proc/sys/kernel/hostname'])(
    'cannot write to %s',
    async (path) => {
      await run(shell(`echo x > ${path}`))
      expect(existsSync(path) && readFileSync(path, 'utf8') === 'x\n').toBe(false)
    },
  )

  it('cannot write to what it may only read, nor to what is frozen inside what it may write', async () => {
    const other = mkdtempSync(join(tmpdir(), 'canopy-readable-'))
    writeFileSync(join(other, 'file'), 'as it was')
    writeFileSync(join(folder, '.git'), 'gitdir: elsewhere')
    const text = `cat ${other}/file; echo no > ${other}/file; echo no > .git; mv .git away; rm -f .git; ln -sf x .git`
    await run(shell(text, { readable: [other], frozen: [join(folder, '.git')] }))
    expect(readFileSync(join(other, 'file'), 'utf8')).toBe('as it was')
    expect(readFileSync(join(folder, '.git'), 'utf8')).toBe('gitdir: elsewhere')
    rmSync(other, { recursive: true })
  })

  it('does not see its neighbours: other processes, other temporary files', async () => {
    const text = `ls ${tmpdir()}; ls /proc | grep -c '^[0-9]'`
    const [first] = stdout(await run(shell(text))).split('\n')
    expect(first === folder.split('/').at(-1) || Number(first) < 10).toBe(true)
  })

  it('has no capability and cannot get one through another namespace', async () => {
    const ending = await run(shell('grep CapEff /proc/self/status; unshare -U -r id 2>&1; id -u'))
    const said = stdout(ending)
    expect(said).toContain('CapEff:\t0000000000000000')
    expect(said).not.toContain('uid=0')
    expect(said.endsWith('1000')).toBe(true)
  })

  it('cannot reach a process outside to end it', async () => {
    const text = `try { process.kill(${process.pid}, 'SIGTERM') } catch (e) { console.log(e.code) }`
    expect(['ESRCH', '']).toContain(stdout(await run(script(text))))
  })

  it('dies with us', async () => {
    const room = join(import.meta.dirname, '../../workspace/index.ts')
    const mark = `sleep 7${process.pid % 1000}`
    const text = `import { bubblewrap } from '${room}'
      await bubblewrap({ path: '${findBwrap()}' }).run(
        { argv: ['/bin/sh', '-c', '${mark} & ${mark}'], cwd: '/', writable: [], timeoutMs: 60000 })`
    writeFileSync(join(folder, 'start.ts'), text)
    const { spawn } = await import('node:child_process')
    const child = spawn(node, [join(folder, 'start.ts')], { stdio: 'ignore' })
    const asleep = () => alive(mark.replace(' ', '\u0000')).length
    await eventually(() => asleep() >= 2)
    child.kill('SIGKILL')
    await eventually(() => asleep() === 0)
  })

  it('is told from a failure when somebody kills the sandbox itself', async () => {
    const mark = `sleep 8${process.pid % 1000}`
    const ending = run(shell(`${mark}; exit 0`))
    const sandbox = () => alive('--args').filter((pid) => commandLine(pid).includes(mark))
    await eventually(() => alive(mark.replace(' ', '\u0000')).length > 0)
    execFileSync('kill', ['-9', ...sandbox().slice(0, 1)])
    expect(await ending).toMatchObject({ kind: 'signalled', signal: 'SIGKILL', outside: true })
  })
})

describe('unsandboxed', () => {
  it('dies with us too', async () => {
    const room = join(import.meta.dirname, '../../workspace/index.ts')
    const mark = `sleep 9${process.pid % 1000}`
    const text = `import { unsandboxed } from '${room}'
      await unsandboxed().run({ argv: ['/bin/sh', '-c', '${mark} & ${mark}'], cwd: '/', writable: [], timeoutMs: 60000 })`
    writeFileSync(join(folder, 'start.ts'), text)
    const { spawn } = await import('node:child_process')
    const child = spawn(node, [join(folder, 'start.ts')], { stdio: 'ignore' })
    const asleep = () => alive(mark.replace(' ', '\u0000')).length
    await eventually(() => asleep() >= 2)
    child.kill('SIGKILL')
    await eventually(() => asleep() === 0)
  })
})
