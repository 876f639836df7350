// Which version of a package manager is used, and which settings of pnpm.

import { describe, expect, it } from 'vitest'
import { managerWanted } from '../../../workspace/install/pinned-manager.ts'
import { keptPnpmSettings } from '../../../workspace/install/pnpm-settings.ts'

const pinned = (packageManager: unknown) => ({ 'package.json': JSON.stringify({ packageManager }) })

describe('the version', () => {
  it.each([
    ['pnpm', pinned('pnpm@10.12.1'), 'pnpm@10.12.1'],
    ['pnpm', pinned('pnpm@11.13.1+sha512.b2fc'), 'pnpm@11.13.1'],
    ['pnpm', pinned('pnpm@9.0.0-rc.1'), 'pnpm@9.0.0-rc.1'],
    ['yarn', pinned('yarn@1.22.22'), 'yarn@1.22.22'],
    ['yarn', pinned('yarn@4.5.0'), '@yarnpkg/cli-dist@4.5.0'],
  ] as const)('of %s in %j is %s', (manager, files, wanted) =>
    expect(managerWanted(manager, files)?.package).toBe(wanted),
  )

  it.each([
    ['pnpm', 'pnpm-lock.yaml', "lockfileVersion: '9.0'\n", 'pnpm@10'],
    ['pnpm', 'pnpm-lock.yaml', 'lockfileVersion: 5.4\n', 'pnpm@7'],
    ['pnpm', 'pnpm-lock.yaml', "lockfileVersion: '6.0'\n", 'pnpm@8'],
    ['yarn', 'yarn.lock', '# yarn lockfile v1\n', 'yarn@1'],
    ['yarn', 'yarn.lock', '__metadata:\n  version: 8\n', '@yarnpkg/cli-dist@4'],
  ] as const)('of %s is that of its lock file where none is pinned: %s', (manager, file, text, wanted) =>
    expect(managerWanted(manager, { [file]: text })?.package).toBe(wanted),
  )

  it.each([
    ['npm', pinned('npm@10.0.0')],
    ['pnpm', pinned('yarn@4.5.0')],
    ['pnpm', pinned('pnpm@latest')],
    ['pnpm', pinned('pnpm@1.0.0; rm -rf x')],
    ['yarn', pinned({})],
    ['yarn', {}],
    ['pnpm', { 'package.json': '{', 'pnpm-lock.yaml': 'lockfileVersion: 99\n' }],
  ] as const)('of %s is not told by %j', (manager, files) =>
    expect(managerWanted(manager, files)).toBeUndefined(),
  )
})

describe("pnpm's settings", () => {
  it('are kept where they decide which packages are installed', () => {
    const text = 'packages:\n  - a\ncatalog:\n  b: ^1.0.0\noverrides:\n  c: 2.0.0\n'
    expect(keptPnpmSettings(`storeDir: /etc\n${text}# end\n`)).toBe(`\n${text}# end\n`)
  })

  it.each([
    'storeDir: /etc',
    'pnpmfile: ./evil.cjs',
    'registry: https://evil.example',
    'scriptShell: ./evil',
    'configDependencies:\n  evil: 1.0.0',
    'onlyBuiltDependencies: [evil]',
    'minimumReleaseAge: 10080',
    '"storeDir": /etc',
    '{storeDir: /etc}',
    '',
  ])('are left out otherwise: %j', (text) => expect(keptPnpmSettings(text).trim()).toBe(''))
})
