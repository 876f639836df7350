// Which changed files need a person's approval, and that one approval is for one content.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { approvalsIn } from '../../app/approve/approvals.ts'
import { approval } from '../../gates/approval.ts'
import type { GateInput, GateParts } from '../../gates/gate.ts'
import { runsByItself } from '../../gates/runs-by-itself.ts'
import { called } from '../cli/called.ts'
import { scratch } from '../cli/scratch.ts'

const added = (path: string, after = 'x') => ({ path, before: undefined, after })
const manifest = (before: object, after: object) => ({
  path: 'package.json',
  before: JSON.stringify(before),
  after: JSON.stringify(after),
})

describe('a file that needs no approval', () => {
  it.each([
    added('src/index.ts'),
    added('README.md'),
    added('docs/guide.md'),
    added('.gitignore'),
    added('packages/core/.gitkeep'),
    added('.changeset/brave-lions.md'),
    added('vitest.config.ts'),
    added('src/docker.ts'),
    added('test/fixtures/compose.txt'),
    added('src/data/countries.json', '[]'),
    added('test/fixtures/settings.toml'),
    added('bin/report'),
    added('LICENSE'),
    { path: 'tsconfig.json', before: '{}', after: '{"compilerOptions":{"strict":true}}' },
    manifest({ version: '1.0.0' }, { version: '1.1.0', exports: './index.js' }),
    manifest({ dependencies: { left: '^1.0.0' } }, { dependencies: { left: '^1.2.0', right: '1 || 2' } }),
    manifest(
      { scripts: { test: 'node --test' } },
      { scripts: { test: 'node --test', report: 'node report.js' } },
    ),
    {
      path: 'package-lock.json',
      before: undefined,
      after: '{"resolved": "https://registry.npmjs.org/left/-/left-1.0.0.tgz"}',
    },
  ])('$path, $after', (change) => expect(runsByItself(change)).toEqual([]))
})

it('every file below a name with a dot needs it, whatever program that is of', () => {
  const name = fc.stringMatching(/^[A-Za-z][\w-]{0,12}$/)
  fc.assert(
    fc.property(
      fc.array(name, { maxLength: 3 }),
      name,
      fc.array(name, { maxLength: 3 }),
      (above, dot, below) => {
        const path = [...above, `.${dot}`, ...below].join('/')
        const isHarmless =
          below.length === 0 &&
          /^(gitignore|gitkeep|keep|editorconfig|prettierignore|eslintignore|nojekyll)$/.test(dot)
        expect(runsByItself(added(path)).length > 0).toBe(!isHarmless)
      },
    ),
  )
})

it.each([
  ['a field that tools obey', manifest({}, { pnpm: { onlyBuiltDependencies: ['e'] } })],
  ['a deleted workflow', { path: '.github/workflows/ci.yml', before: 'on: push', after: undefined }],
  ['a lock file that is too long to be read', { path: 'yarn.lock', before: '', after: '' }],
  ...[
    'mise.toml',
    'mise.local.toml',
    'config/mise/config.toml',
    'flake.nix',
    'devbox.json',
    'turbo.json',
  ].map((path): [string, ReturnType<typeof added>] => [path, added(path)]),
  ['a manifest that is no JSON', added('package.json', '{')],
])('%s needs it', (_, change) => expect(runsByItself(change)).not.toEqual([]))

describe('an approval', () => {
  const blob = '3f2a9c04d1be00000000000000000000000000aa'
  const subject = (of: string, status = 'A') =>
    ({
      changes: [{ path: '.envrc', status, mode: '100644', blob: of }],
      files: async () => [added('.envrc')],
    }) as object as GateInput
  const judged = (data: string, of = blob, status = 'A') =>
    approval.judge(
      { approvals: approvalsIn(data), clone: { git: async () => '' } } as object as GateParts,
      subject(of, status),
    )

  it('is given by the command that the reason names, for that content alone, and taken back', async () => {
    const data = scratch()
    const refused = await judged(data)
    expect(refused).toMatchObject({ kind: 'failed' })
    const [, named = ''] = /canopy approve (\S+)$/.exec(refused.findings[0] ?? '') ?? []
    expect(named).toBe('.envrc@3f2a9c04d1be')
    expect(await called(['approve', named, '--data', data], data)).toMatchObject({ code: 0 })
    expect(await judged(data)).toMatchObject({ kind: 'passed' })
    expect(await judged(data, blob.replace('3f', '4f'))).toMatchObject({ kind: 'failed' })
    expect(await judged(data, blob, 'D')).toMatchObject({ kind: 'failed' })
    expect((await called(['approve', '--data', data, '--json'], data)).out).toContain('"path":".envrc"')
    await called(['approve', '--revoke', named, '--data', data], data)
    expect(await judged(data)).toMatchObject({ kind: 'failed' })
  })

  it.each(['.envrc', '.envrc@', '../x@3f2a9c04', '/etc/x@3f2a9c04', '.envrc@zzzzzzz', '@3f2a9c04'])(
    '%s is none',
    async (named) => {
      expect(await called(['approve', named, '--data', scratch()], '/')).toMatchObject({
        code: 2,
        err: expect.stringContaining('PATH@BLOB'),
      })
    },
  )

  it('is refused when its file is not what the command wrote: nothing is approved by accident', async () => {
    const data = scratch()
    writeFileSync(join(data, 'approvals.json'), '{"approved":[{"path":".envrc","blob":""}]}')
    await expect(judged(data)).rejects.toThrow('approvals.json')
  })
})
