// V8's counts as branches of the sources: through a transpiler the same as where Node strips types; what cannot be
// mapped is left out.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { countModules } from '../../workspace/coverage.ts'
import { readV8Coverage } from '../../workspace/runners/v8-coverage.ts'
import { write } from './repositories.ts'

const root = mkdtempSync(join(tmpdir(), 'canopy-counted-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const SOURCE = `interface Shape { readonly sides: number }

export function sign(n: number): string {
  if (n > 0) {
    return 'plus'
  } else if (n < 0) { return 'minus' }
  const none = (): string => 'zero'
  return n === 0 ? none() : String(n)
}

export async function* never(): AsyncGenerator<number> {
  yield 1
}

export class Picker<Key extends string> {
  readonly #known = new Map<Key, Shape>()
  readonly name: string
  constructor(name: string = 'black') {
    this.name = name
  }
  pick(key: Key, shape?: Shape): number {
    switch (this.name) {
      case 'red': {
        return 1
      }
      case 'green':
        return shape?.sides ?? this.#known.size
      default:
        for (const each of [key]) if (each === 'x' && shape) return 9
        return 0
    }
  }
}
`
const MAIN = `import { Picker, sign } from './source.ts'
sign(1)
sign(0)
new Picker('green').pick('a', { sides: 4 })
new Picker().pick('x')
`
/** Loads TypeScript through the compiler, as a transpiler does. */
const HOOKS = `import { registerHooks } from 'node:module'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from ${JSON.stringify(import.meta.resolve('typescript-analysis'))}
registerHooks({ load(url, context, next) {
  if (!url.endsWith('source.ts')) return next(url, context)
  const compilerOptions = { module: 'esnext', target: process.env.TARGET, [process.env.MAPS]: true }
  const { outputText } = ts.transpileModule(readFileSync(fileURLToPath(url), 'utf8'), { compilerOptions, fileName: fileURLToPath(url) })
  return { format: 'module', source: outputText, shortCircuit: true }
} })
`
write(root, { 'source.ts': SOURCE, 'main.ts': MAIN, 'hooks.mjs': HOOKS })

function counted(name: string, options: readonly string[], env: Record<string, string> = {}) {
  const folder = join(root, name)
  execFileSync(process.execPath, ['--no-warnings', ...options, join(root, 'main.ts')], {
    env: { PATH: '/usr/bin', NODE_V8_COVERAGE: folder, ...env },
  })
  return readV8Coverage(root, { out: root, folder: name }, ['source.ts'])
}

const HOOKED = ['--import', join(root, 'hooks.mjs')]

describe('counts of V8', () => {
  it.each(['es2022', 'es2020'])(
    'are the same through a transpiler to %s as with stripped types',
    async (TARGET) => {
      const stripped = await counted(`stripped-${TARGET}`, [])
      const mapped = await counted(TARGET, HOOKED, { TARGET, MAPS: 'inlineSourceMap' })
      const path = join(root, 'source.ts')
      expect(countModules(stripped, [path])).toEqual([
        { path, branches: { covered: 11, total: 16 }, statements: { covered: 13, total: 17 } },
      ])
      const reached = (counts: object | undefined) =>
        Object.entries(counts ?? {}).map(([id, times]) => [id, [times].flat().map((one) => one > 0)])
      for (const of of ['b', 's', 'f'] as const)
        expect(reached(mapped[path]?.[of])).toEqual(reached(stripped[path]?.[of]))
    },
  )

  it('are left out where another code ran and no map leads back', async () => {
    expect(await counted('lost', HOOKED, { TARGET: 'es2022', MAPS: 'removeComments' })).toEqual({})
  })

  it('are left out for a source that cannot be parsed', async () => {
    writeFileSync(join(root, 'broken.js'), 'const = 1\n')
    expect(await readV8Coverage(root, { out: root, folder: 'none' }, ['broken.js'])).toEqual({})
  })

  it('are those of the implementation where a method has overloads', async () => {
    const source = `export class Queue {
  add(one: string): void
  add(one: number): void
  add(one: unknown): void { if (one) this.last = one }
  last?: unknown
}
`
    writeFileSync(join(root, 'overloads.ts'), source)
    const never = await readV8Coverage(root, { out: root, folder: 'none' }, ['overloads.ts'])
    expect(countModules(never, Object.keys(never))[0]?.branches).toEqual({ covered: 0, total: 2 })
  })

  it('are all zero for a module that was never loaded', async () => {
    const never = await readV8Coverage(root, { out: root, folder: 'none' }, ['source.ts'])
    const [module] = countModules(never, Object.keys(never))
    expect(module).toMatchObject({
      branches: { covered: 0, total: 16 },
      statements: { covered: 0, total: 17 },
    })
  })
})
