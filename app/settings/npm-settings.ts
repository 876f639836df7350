// npm settings
//
// Owns:   where packages come from by the user's own npm configuration: `~/.npmrc`, the machine's npmrc, the environment.
// Leaves: asking the registries (workspace/).
//
// S1. No file of a repository or of the current directory is read, and what npm hands on of one is not believed
//     (npmEnvironment).
// S2. A credential belongs to the registry whose address it stands under, and goes nowhere else.

import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { npmEnvironment, programOn } from '../../programs/index.ts'
import {
  type AllowedKind,
  type PackageRegistry,
  type PackageSource,
  PUBLIC_REGISTRY,
} from '../../workspace/index.ts'
import { systemReason, UserError } from '../errors.ts'

interface NpmSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly allowed: readonly AllowedKind[]
}

export function packageSourceOf({ env, home, allowed }: NpmSurroundings): PackageSource {
  const settings = npmSettings(env, home)
  const registry = (key: string, scope?: string): PackageRegistry[] => {
    const url = addressOf(settings.get(key))
    if (url === undefined) return []
    const authorization = credentialFor(url, settings)
    return [{ url, ...(scope && { scope }), ...(authorization && { authorization }) }]
  }
  const scopes = [...settings.keys()].filter((key) => /^@[^:]+:registry$/.test(key))
  const main = registry('registry')
  const file = settings.get('cafile')
  return {
    registries: [
      ...(main.length > 0 ? main : [{ url: PUBLIC_REGISTRY }]),
      ...scopes.flatMap((key) => registry(key, key.slice(0, key.indexOf(':')))),
    ],
    allowed: new Set(allowed),
    ...(file && existsSync(file) && { certificates: textOf(file) }),
  }
}

/** Of the machine, then of the user, then of the environment; the last one counts. */
function npmSettings(env: NpmSurroundings['env'], home: string): Map<string, string> {
  const given = Object.entries(npmEnvironment(env, env.PATH ?? '')).flatMap(([name, value]) => {
    const key = /^npm_config_(.+)$/i.exec(name)?.[1]
    return key === undefined || value === undefined ? [] : [[key.toLowerCase(), value] as const]
  })
  const named = new Map(given)
  const node = programOn('node', env.PATH ?? '')
  const files = [
    ...['/etc/npmrc', ...(node ? [join(dirname(dirname(realpathSync(node))), 'etc/npmrc')] : [])],
    ...[named.get('globalconfig'), named.get('userconfig') ?? join(home, '.npmrc')],
  ]
  return new Map([...files.flatMap((file) => entriesIn(file, env)), ...given])
}

/** Lines `key = value`; `${NAME}` stands for a variable, as the file is the user's own. */
function entriesIn(file: string | undefined, env: NpmSurroundings['env']): [string, string][] {
  if (file === undefined || !existsSync(file)) return []
  return textOf(file)
    .split('\n')
    .flatMap((line): [string, string][] => {
      const [, key, value = ''] = /^\s*([^;#=[\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? []
      if (key === undefined) return []
      const plain = value.replace(/^(["'])(.*)\1$/, '$2')
      return [[key, plain.replace(/\$\{([^}]+)\}/g, (whole, name) => env[name] ?? whole)]]
    })
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UserError(
      'npm_settings_unreadable',
      `${file} is a part of your npm configuration and cannot be read: ${systemReason(error)}`,
      'Make it a readable file, or take it away',
      { cause: error },
    )
  }
}

function addressOf(value: string | undefined): string | undefined {
  if (value === undefined || !URL.canParse(value)) return undefined
  const { protocol, origin, pathname } = new URL(value)
  return /^https?:$/.test(protocol) ? `${origin}${pathname.replace(/\/*$/, '/')}` : undefined
}

/** npm's way: credentials stand under the address without its protocol, or under one above it. */
function credentialFor(url: string, settings: ReadonlyMap<string, string>): string | undefined {
  for (let place = url.replace(/^https?:/, ''); place.length > 2; place = place.replace(/[^/]+\/$/, '')) {
    const at = (name: string) =>
      settings.get(`${place}:${name}`) ?? settings.get(`${place.slice(0, -1)}:${name}`)
    const token = at('_authToken')
    if (token !== undefined) return `Bearer ${token}`
    const basic = at('_auth') ?? basicOf(at('username'), at('_password'))
    if (basic !== undefined) return `Basic ${basic}`
  }
  return undefined
}

function basicOf(user: string | undefined, password: string | undefined): string | undefined {
  if (user === undefined || password === undefined) return undefined
  return Buffer.from(`${user}:${Buffer.from(password, 'base64')}`).toString('base64')
}
