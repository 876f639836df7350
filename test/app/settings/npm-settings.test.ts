// Which registries and credentials count: those of the user's own files and variables.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { packageSourceOf } from '../../../app/settings/npm-settings.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'canopy-npmrc-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const read = (npmrc: string, env: Record<string, string> = {}) => {
  writeFileSync(join(home, '.npmrc'), npmrc)
  return packageSourceOf({ env, home, allowed: [] }).registries
}

it('reads registries, scopes and the credential of each, with variables of the user', () => {
  const npmrc = `; mine
registry = https://npm.example/all
@me:registry=https://me.example/
//npm.example/:_authToken=\${TOKEN}
//other.example/:_authToken=not-sent
//me.example/:username=ann
//me.example/:_password=${Buffer.from('secret').toString('base64')}
`
  expect(read(npmrc, { TOKEN: 'abc' })).toEqual([
    { url: 'https://npm.example/all/', authorization: 'Bearer abc' },
    {
      ...{ url: 'https://me.example/', scope: '@me' },
      authorization: `Basic ${Buffer.from('ann:secret').toString('base64')}`,
    },
  ])
})

it('takes npm’s public registry when nothing else is said', () => {
  expect(read('')).toEqual([{ url: 'https://registry.npmjs.org/' }])
})

it('believes the environment, but not what npm hands on of another project', () => {
  const env = { npm_config_registry: 'https://env.example/' }
  expect(read('registry=https://npm.example/\n', env)).toEqual([{ url: 'https://env.example/' }])
  const started = { ...env, npm_config_local_prefix: home }
  expect(read('registry=https://npm.example/\n', started)).toEqual([{ url: 'https://npm.example/' }])
})

it('names a file of the configuration that cannot be read', () => {
  mkdirSync(join(home, '.npmrc'))
  expect(() => packageSourceOf({ env: {}, home, allowed: [] })).toThrow(
    expect.objectContaining({
      code: 'npm_settings_unreadable',
      message: expect.stringMatching(/\.npmrc is a part of your npm configuration .*: it is a directory/),
    }),
  )
})
