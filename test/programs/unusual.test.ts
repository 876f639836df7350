// Programs that hang, print garbage, cannot be run or are not what their name says, and archives that came damaged.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FindOptions } from '../../programs/find-tool.ts'
import { type FindResult, findTool, type ProgramTool } from '../../programs/index.ts'
import { writeRecord } from '../../programs/private-cache.js'
import { runProgram } from '../../programs/run-program.ts'

const acorn: ProgramTool = {
  name: 'acorn tool',
  binary: 'acorn',
  probe: ['--version'],
  commands: { linux: 'sudo apt-get install -y acorn', darwin: 'brew install acorn' },
}

let folder: string
let cache: string
let web: Server | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'canopy-unusual-'))
  cache = join(folder, 'cache', 'bin')
})
afterEach(() => {
  web?.closeAllConnections()
  web?.close()
  web = undefined
  rmSync(folder, { recursive: true, force: true })
})

const file = (path: string, content: string | Buffer, mode = 0o755) => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}
const script = (path: string, body: string, mode?: number) => file(path, `#!/bin/sh\n${body}\n`, mode)
const onPath = (...names: string[]) => names.map((name) => join(folder, name)).join(':')
const find = (tool: ProgramTool = acorn, more: FindOptions = {}): Promise<FindResult> =>
  findTool(tool, { cache, environment: { PATH: onPath('path') }, ...more })
const look = (more: FindOptions = {}) => find(acorn, { fetch: false, ...more })
const reasonOf = (found: FindResult) => (found.kind === 'missing' ? found.reason : `found ${found.path}`)

describe('a file of that name on the PATH', () => {
  it.each<[string, (path: string) => void]>([
    ['is not executable', (path) => script(path, 'echo acorn 1', 0o644)],
    ['is a folder', (path) => mkdirSync(path, { recursive: true })],
    ['is a link to nothing', (path) => symlinkSync('/nowhere/acorn', path)],
    ['is a link to itself', (path) => symlinkSync(path, path)],
    [
      'is empty and for another machine',
      (path) => file(path, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 9, 9, 9])),
    ],
    ['has an interpreter that is not there', (path) => file(path, '#!/nowhere/sh\necho acorn 1\n')],
    ['ends with a code', (path) => script(path, 'echo acorn 1; exit 1')],
    ['ends by a signal', (path) => script(path, 'echo acorn 1; kill -9 $$')],
    ['does not know the question', (path) => script(path, 'echo "unknown option $1" >&2; exit 64')],
  ])('is passed over when it %s, and the next one is taken', async (_what, make) => {
    mkdirSync(join(folder, 'path'))
    make(join(folder, 'path', 'acorn'))
    expect(reasonOf(await look())).toMatch(/^acorn tool could not be had: .*Install it with: sudo apt-get/)
    const next = script(join(folder, 'next', 'acorn'), 'echo acorn 2')
    expect(await look({ environment: { PATH: onPath('path', 'next') } })).toEqual({
      kind: 'found',
      path: next,
      how: 'path',
      version: 'acorn 2',
    })
  })

  it.each([
    ['nothing', 'exit 0', ''],
    ['one line', 'echo acorn 1.2.3', 'acorn 1.2.3'],
    ['many lines', 'echo acorn 1.2.3; echo built today', 'acorn 1.2.3'],
    ['empty lines first', 'echo; echo; echo acorn 1.2.3', 'acorn 1.2.3'],
    ['its version as an error', 'echo acorn 1.2.3 >&2', 'acorn 1.2.3'],
    ['spaces', 'echo "  acorn 1.2.3  "', 'acorn 1.2.3'],
    ['colours', "printf '\\033[31macorn\\033[0m 1.2.3\\n'", '[31macorn[0m 1.2.3'],
    ['a title for the terminal', "printf '\\033]0;hello\\007acorn 1\\n'", ']0;helloacorn 1'],
    ['zero bytes', "printf 'acorn\\0 1\\n'", 'acorn 1'],
    ['a returned carriage', "printf 'acorn 1\\rgone\\n'", 'acorn 1gone'],
    ['a long line', "head -c 100000 /dev/zero | tr '\\0' x", `${'x'.repeat(200)}`],
  ])('that prints %s tells this as its version', async (_what, body, version) => {
    script(join(folder, 'path', 'acorn'), body)
    expect(await look()).toMatchObject({ kind: 'found', version })
  })

  it('that prints garbage and fails gives a reason of one short line without control characters', async () => {
    script(join(folder, 'path', 'acorn'), "printf '\\033[2J\\001'; head -c 100000 /dev/urandom; exit 3")
    const reason = reasonOf(await look())
    expect(reason.length).toBeLessThan(700)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(reason).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
  })

  it.each([[''], ['.'], ['path'], ['./path:relative/path'], ['::']])(
    'is not looked for in folders that depend on where one is: %j',
    async (path) => {
      script(join(folder, 'path', 'acorn'), 'echo acorn 1')
      const here = process.cwd()
      process.chdir(folder)
      try {
        expect((await look({ environment: { PATH: path } })).kind).toBe('missing')
      } finally {
        process.chdir(here)
      }
    },
  )
})

describe('a path that the user gives', () => {
  it.each<[string, (path: string) => void, string]>([
    ['is not there', () => undefined, 'there is no executable file'],
    ['is not executable', (path) => script(path, 'echo', 0o600), 'there is no executable file'],
    ['is a folder', (path) => mkdirSync(path), 'does not run'],
    ['fails', (path) => script(path, 'echo why not; exit 9'), 'does not run (why not)'],
  ])('and that %s is told, and nothing else is tried', async (_what, make, reason) => {
    const given = join(folder, 'given')
    make(given)
    script(join(folder, 'path', 'acorn'), 'echo acorn 1')
    expect(reasonOf(await find(acorn, { path: given }))).toContain(reason)
    expect(existsSync(cache)).toBe(false)
  })
})

describe('a program in the cache', () => {
  const cached = () => {
    const path = script(join(cache, 'acorn'), 'echo acorn cached')
    chmodSync(cache, 0o700)
    writeRecord(path, path, 'release')
    return path
  }

  it.each<[string, (path: string) => void]>([
    ['was exchanged', (path) => script(path, 'echo acorn evil')],
    ['has no record', (path) => rmSync(`${path}.fetched.json`)],
    ['has a record of something else', (path) => writeFileSync(`${path}.fetched.json`, '{"size":1}')],
    ['can be written by others', (path) => chmodSync(path, 0o777)],
    ['was touched', (path) => utimesSync(path, 1, 1)],
  ])('is not run when it %s', async (_what, harm) => {
    const path = cached()
    expect(await look()).toMatchObject({ kind: 'found', how: 'cache', version: 'acorn cached' })
    harm(path)
    expect(reasonOf(await look())).toContain('neither on the PATH nor in the cache as it was fetched')
  })

  it('does not hide that an old fetch was killed: its room goes after an hour', async () => {
    cached()
    for (const name of ['.fetching-old', '.fetching-new']) mkdirSync(join(cache, name))
    utimesSync(join(cache, '.fetching-old'), 1, 1)
    rmSync(join(cache, 'acorn'))
    await find()
    expect(readdirSync(cache)).toEqual(expect.arrayContaining(['.fetching-new']))
    expect(readdirSync(cache)).not.toContain('.fetching-old')
  })
})

/** A tool whose archive is served by `answer`. */
async function served(answer: RequestListener, sha256: string): Promise<ProgramTool> {
  web = createServer(answer)
  await new Promise<void>((resolve) => web?.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/acorn.tar.gz`
  return {
    ...acorn,
    release: { version: '1', archives: { [`${process.platform}-${process.arch}`]: { url, sha256 } } },
  }
}
const sha256Of = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const servedBytes = (bytes: Buffer, sha256 = sha256Of(bytes)) =>
  served((_request, response) => void response.end(bytes), sha256)

function archiveOf(make: (root: string) => void): Buffer {
  const root = join(folder, 'release')
  mkdirSync(root, { recursive: true })
  make(root)
  execFileSync('tar', ['-czf', join(folder, 'acorn.tar.gz'), '-C', folder, 'release'])
  return readFileSync(join(folder, 'acorn.tar.gz'))
}
const whole = () => archiveOf((root) => script(join(root, 'acorn'), 'echo acorn 1'))

describe('an archive', () => {
  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['is cut off', (bytes) => bytes.subarray(0, bytes.length - 20)],
    ['is empty', () => Buffer.of()],
    ['has a changed byte', (bytes) => Buffer.from(bytes.map((byte, at) => (at === 40 ? byte ^ 1 : byte)))],
    ['has more at its end', (bytes) => Buffer.concat([bytes, Buffer.of(0)])],
    ['is a page of HTML', () => Buffer.from('<html>log in first</html>')],
  ])('that %s is refused by its checksum, and nothing of it stays', async (_what, harm) => {
    const bytes = whole()
    const found = await find(await servedBytes(harm(bytes), sha256Of(bytes)))
    expect(reasonOf(found)).toContain(`expected ${sha256Of(bytes)}`)
    expect(readdirSync(cache)).toEqual([])
  })

  it.each<[string, () => Buffer, RegExp]>([
    ['is no archive', () => Buffer.from('not an archive'), /cannot be unpacked/],
    ['is cut off, as its makers published it', () => whole().subarray(0, 60), /cannot be unpacked/],
    [
      'holds a folder of that name',
      () => archiveOf((root) => mkdirSync(join(root, 'acorn'))),
      /holds no file acorn/,
    ],
    [
      'holds a link of that name',
      () => archiveOf((root) => symlinkSync('/bin/sh', join(root, 'acorn'))),
      /holds no file acorn/,
    ],
    [
      'holds another name',
      () => archiveOf((root) => script(join(root, 'acorn2'), 'echo')),
      /holds no file acorn/,
    ],
    [
      'holds a program that does not run',
      () => archiveOf((root) => script(join(root, 'acorn'), 'echo no libacorn; exit 127')),
      /does not run \(no libacorn\)/,
    ],
  ])('that %s gives no program, and nothing of it stays', async (_what, make, reason) => {
    expect(reasonOf(await find(await servedBytes(make())))).toMatch(reason)
    expect(readdirSync(cache)).toEqual([])
  })

  it('whose program is not executable in it is made so', async () => {
    const bytes = archiveOf((root) => script(join(root, 'deep', 'in', 'acorn'), 'echo acorn 1', 0o600))
    expect(await find(await servedBytes(bytes))).toMatchObject({
      kind: 'found',
      how: 'release',
      version: 'acorn 1',
    })
  })

  it.each<[string, RequestListener, RegExp]>([
    [
      'breaks off',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '1000' }).write('begun')
        setTimeout(() => response.destroy(), 20)
      },
      /could not be reached/,
    ],
    ['is not there', (_request, response) => void response.writeHead(404).end(), /answered 404/],
    ['wants a login', (_request, response) => void response.writeHead(401).end(), /answered 401/],
    ['is away', (_request, response) => void response.writeHead(503).end(), /answered 503/],
    [
      'leads in a circle',
      (request, response) => void response.writeHead(302, { location: request.url ?? '/' }).end(),
      /could not be reached/,
    ],
    ['hangs up', (request) => void request.socket.destroy(), /could not be reached/],
  ])('whose server %s is told with the reason', async (_what, answer, reason) => {
    expect(reasonOf(await find(await served(answer, '0')))).toMatch(reason)
    expect(readdirSync(cache)).toEqual([])
  })
})

describe('a program that is run', () => {
  const sh = (body: string, timeoutMs = 5_000) => runProgram('/bin/sh', ['-c', body], { timeoutMs })
  it.each([
    ['hangs', 'sleep 30'],
    ['ignores signals', "trap '' TERM INT HUP; sleep 30; sleep 30"],
    ['leaves a child in another session', 'setsid sleep 30 & sleep 30'],
    ['prints without end', 'while :; do echo x; done'],
  ])('and that %s is ended in time', async (_what, body) => {
    const begun = performance.now()
    const { failed, reason } = await sh(body, 300)
    expect(failed).toBe(true)
    expect(reason).toMatch(/was not done in 0.3 s|maxBuffer/)
    expect(performance.now() - begun).toBeLessThan(15_000)
  })

  it('that leaves a child with its output is not waited for longer than it may take', async () => {
    const begun = performance.now()
    expect(await sh('echo done; sleep 30 & exit 0', 300)).toMatchObject({ failed: false, output: 'done\n' })
    expect(performance.now() - begun).toBeLessThan(15_000)
  })

  it.each([
    ['more output than is kept', 'head -c 20000000 /dev/zero', /maxBuffer/],
    ['no folder to run in', undefined, /ENOENT/],
  ])('with %s failed, and says so', async (_what, body, reason) => {
    const end =
      body === undefined
        ? await runProgram('/bin/true', [], { timeoutMs: 1_000, cwd: join(folder, 'none') })
        : await sh(body)
    expect(end.failed).toBe(true)
    expect(end.reason).toMatch(reason)
  })
})
