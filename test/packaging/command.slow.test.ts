// The packed command as somebody installs it: plain JavaScript with all that it reads. The whole run on the sample from an
// archive is in the release workflow.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InstalledPackage, project } from './installed.ts'

let installed: InstalledPackage
beforeAll(() => {
  installed = new InstalledPackage('command', '@canopy-dev/canopy')
})
afterAll(() => installed[Symbol.dispose]())

/** What an expression over a compiled module gives, in a Node that takes no TypeScript. */
function evaluate(module: string, expression: string): unknown {
  const url = JSON.stringify(pathToFileURL(join(installed.place, module)).href)
  const script = `const it = await import(${url}); console.log(JSON.stringify(await (${expression})))`
  return JSON.parse(installed.node(['--no-experimental-strip-types', '--input-type=module', '-e', script]))
}

describe('the packed command', () => {
  it('holds compiled files, and TypeScript only in the sample', () => {
    const files = installed.files()
    expect(
      files.filter((name) => name.endsWith('.ts') && !name.startsWith('examples/sample-repository/')),
    ).toEqual([])
    expect(files.filter((name) => /^(test|bench|packaging|docs)\/|\.test\.js$/.test(name))).toEqual([])
  })

  it('declares the packages that its files import, in the versions of this project', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
    const declared = installed.manifest.dependencies
    expect(dependencies).toMatchObject(declared)
    expect(declared).toHaveProperty('xstate')
    for (const name of Object.keys(devDependencies)) expect(declared).not.toHaveProperty(name)
  })

  it('starts through its launcher', () => {
    const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
    expect(installed.node([join(installed.place, 'cli/launch.js'), '--version']).trim()).toBe(version)
  })

  it('has its prompts', () => {
    const prompt = readFileSync(join(project, 'agents/prompts/rules.md'), 'utf8').trim()
    expect(evaluate('agents/prompts/prompts.js', "it.promptOf('code')")).toContain(prompt)
  })

  it('has the programs that it starts, and those find their packages', () => {
    const wrong = installed.node(
      ['--no-experimental-strip-types', join(installed.place, 'testgen/main.js')],
      '{}',
    )
    expect(JSON.parse(wrong)).toMatchObject({ kind: 'failed' })
    const order = { source: 'orchard', flags: '', files: ['package.json'], mostLines: 1, mostFiles: 1 }
    const search = join(installed.place, 'agents/tools/inside/search.js')
    expect(JSON.parse(installed.node([search], JSON.stringify(order)))).toMatchObject({ matches: 0 })
    expect(installed.files()).toEqual(
      expect.arrayContaining([
        ...['testgen/inside/main.js', 'analysis/map/thread.js', 'gates/split/inside/main.cjs'],
        ...[
          'workspace/install/forwarder.js',
          'workspace/runners/node-reporter.js',
          'workspace/sandbox/etc/passwd',
        ],
      ]),
    )
  })

  it('has the sample, which becomes the same commit as in a checkout', async () => {
    const { placeSample } = await import('../../app/settings/sample.ts')
    const [here, there] = [join(installed.folder, 'here'), join(installed.folder, 'there')]
    await placeSample(here)
    expect(
      evaluate('app/settings/sample.js', `it.placeSample(${JSON.stringify(there)}).then(() => 'done')`),
    ).toBe('done')
    const head = (folder: string) => readFileSync(join(folder, '.git/refs/heads/main'), 'utf8')
    expect(head(there)).toBe(head(here))
  })

  it('closes all that was opened where Node has no AsyncDisposableStack', () => {
    const script = `
      delete globalThis.AsyncDisposableStack
      await import(${JSON.stringify(pathToFileURL(join(installed.place, 'cli/async-disposable-stack.js')).href)})
      const said = []
      const stack = new AsyncDisposableStack()
      stack.adopt('first', async (name) => { await null; said.push(name) })
      stack.defer(() => { throw new Error('second') })
      stack.use({ [Symbol.asyncDispose]: async () => { said.push('third') } })
      await stack.disposeAsync().catch((error) => said.push(error.message))
      await stack.disposeAsync()
      console.log(JSON.stringify([...said, stack.disposed]))`
    const said = installed.node(['--input-type=module', '-e', script])
    expect(JSON.parse(said)).toEqual(['third', 'first', 'second', true])
  })
})
