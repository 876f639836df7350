// What builds and tests need still runs in the sandbox, under its list of system calls.

import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bubblewrap, type CommandEnding } from '../../workspace/index.ts'
import { findBwrap } from './find-bwrap.ts'

const sandbox = bubblewrap({ path: findBwrap() })
const packages = realpathSync(join(import.meta.dirname, '../../node_modules'))
const hasPackage = (name: string) => existsSync(join(packages, name, 'package.json'))
const hasProgram = (name: string) =>
  ['/usr/local/bin', '/usr/bin'].some((path) => existsSync(join(path, name)))

let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'canopy-programs-')))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function files(all: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

function run(...argv: string[]): Promise<CommandEnding> {
  return sandbox.run({ argv, cwd: folder, writable: [folder], readable: [packages], timeoutMs: 60_000 })
}

const shell = (script: string) => run('/bin/sh', '-ec', script)
const passed = { kind: 'exited', code: 0 }

describe('in the sandbox', () => {
  it("runs Node's own test runner, with processes, workers, a server and a terminal size", async () => {
    files({
      'a.test.mjs': `import test from 'node:test'
import { once } from 'node:events'
import { execSync } from 'node:child_process'
import { createServer } from 'node:http'
import { networkInterfaces } from 'node:os'
import { Worker } from 'node:worker_threads'
import { connect, createServer as plain } from 'node:net'
test('process', () => execSync('node -e 0'))
test('worker', () => once(new Worker('0', { eval: true }), 'exit'))
test('server', async () => {
  const server = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  await (await fetch('http://127.0.0.1:' + server.address().port)).text()
  server.close()
})
test('socket file', async () => {
  const server = plain((socket) => socket.end()).listen('own.sock')
  await once(server, 'listening')
  await once(connect('own.sock').resume(), 'close')
  server.close()
})
test('interfaces', () => networkInterfaces().lo[0].address)
`,
    })
    expect(await run(process.execPath, '--test')).toMatchObject(passed)
  })

  it.each(['threads', 'forks'])('runs vitest with %s', async (pool) => {
    files({
      'package.json': '{"type":"module"}',
      'a.test.ts': "import { expect, it } from 'vitest'\nit('adds', () => expect(1 + 1).toBe(2))\n",
    })
    symlinkSync(packages, join(folder, 'node_modules'))
    const argv = [process.execPath, 'node_modules/vitest/vitest.mjs', 'run', `--pool=${pool}`]
    expect(await run(...argv)).toMatchObject(passed)
  })

  it.skipIf(!hasPackage('jest'))('runs jest', async () => {
    files({ 'package.json': '{}', 'a.test.js': "test('adds', () => expect(1 + 1).toBe(2))\n" })
    symlinkSync(packages, join(folder, 'node_modules'))
    expect(await run(process.execPath, 'node_modules/jest/bin/jest.js')).toMatchObject(passed)
  })

  it.skipIf(!hasProgram('python3'))('runs unittest, processes, pools and locks of Python', async () => {
    files({
      'test_a.py': `import multiprocessing, os, subprocess, tempfile, threading, unittest
def double(n):
    return 2 * n
class A(unittest.TestCase):
    def test_pool(self):
        with multiprocessing.Pool(2) as pool:
            self.assertEqual(pool.map(double, [1, 2]), [2, 4])
    def test_process(self):
        self.assertEqual(subprocess.run(['true']).returncode, 0)
    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            os.mkfifo(os.path.join(folder, 'pipe'))
`,
    })
    expect(await shell('python3 -m unittest')).toMatchObject(passed)
  })

  it.skipIf(!hasProgram('git'))('runs git', async () => {
    const script = `git init -q; git config user.email a@b; git config user.name a; echo a > a; git add .; git commit -qm a
git clone -q . copy; git -C copy log --oneline; git gc -q; git stash list`
    expect(await shell(script)).toMatchObject(passed)
  })

  it.skipIf(!hasProgram('cc'))('runs a C compiler and what it made', async () => {
    files({ 'a.c': '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n' })
    expect(await shell('cc -O1 -o a a.c; ./a')).toMatchObject({ ...passed, stdout: 'hello\n' })
  })

  it.skipIf(!hasProgram('npm'))('runs npm ci without a network', async () => {
    files({
      'dependency/package.json': '{"name":"dependency","version":"1.0.0"}',
      'package.json': '{"private":true}',
    })
    const script = `npm pack --silent ./dependency; npm install --silent --offline ./dependency-1.0.0.tgz
rm -r node_modules; npm ci --silent --offline; ls node_modules/dependency/package.json`
    expect(await shell(script)).toMatchObject(passed)
  })
})
