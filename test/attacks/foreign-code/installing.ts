// Installing what a repository asks for: registries of the user and of the attacker on loopback, keys in the environment.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AllowedKind, bubblewrap, openWorkspace } from '../../../workspace/index.ts'
import { Registry } from '../../registry.ts'
import { findBwrap } from '../../workspace/find-bwrap.ts'
import { type Files, NODE_TEST } from '../../workspace/repositories.ts'
import { type AttackResult, refused, succeeded } from '../attack.ts'
import { HostileRepository } from './hostile-repository.ts'

export const KEY = 'FAKE-ant-51c9e2'
export const TOKEN = 'FAKE-npm-77ab'

export interface InstallScene {
  readonly hostile: HostileRepository
  readonly evil: Registry
  readonly own: Registry
}

export interface InstallAttack {
  readonly files: (scene: InstallScene) => Files
  readonly allowed?: readonly AllowedKind[]
  /** What the attacker got besides what is looked at anyhow. */
  readonly gained?: (scene: InstallScene, installed: string | undefined) => string | undefined
}

/** Surveys a repository with these files and nothing installed. */
export async function installing({ files, allowed = [], gained }: InstallAttack): Promise<AttackResult> {
  await using evil = await new Registry().listen()
  await using own = await new Registry().listen()
  const before = process.env.ANTHROPIC_API_KEY
  process.env.ANTHROPIC_API_KEY = KEY
  const hostile = new HostileRepository()
  try {
    const scene = { hostile, evil, own }
    const repository = hostile.playground.repository({ ...NODE_TEST, ...files(scene) }, { name: 'shop' })
    const registries = [{ url: own.url, authorization: `Bearer ${TOKEN}` }]
    const packageSource = { registries, allowed: new Set(allowed) }
    const directory = join(hostile.playground.root, 'data')
    const sandbox = bubblewrap({ path: findBwrap() })
    const workspace = await openWorkspace({ repository, directory, sandbox, packageSource })
    const outcome = await workspace.survey()
    const installed = outcome.kind === 'ready' ? outcome.survey.dependencies : undefined
    const gain = gainOf(scene) ?? gained?.(scene, installed)
    if (gain !== undefined) return succeeded(gain)
    return refused(outcome.kind === 'ready' ? 'installed without it' : outcome.message)
  } finally {
    if (before === undefined) delete process.env.ANTHROPIC_API_KEY
    else process.env.ANTHROPIC_API_KEY = before
    hostile.dispose()
  }
}

function gainOf({ hostile, evil, own }: InstallScene): string | undefined {
  if (hostile.marks() !== '') return `these ran on the host: ${hostile.marks()}`
  const [heard] = evil.requests
  if (heard !== undefined) return `the attacker's server heard ${heard}`
  const told = own.requests.find((request) => request.includes(KEY))
  return told === undefined ? undefined : `the registry was told a key: ${told}`
}

/** A text that an installed package wrote or holds. */
export function textIn(installed: string | undefined, path: string): string {
  const file = join(installed ?? '/nonexistent', path)
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

export const manifest = (more: Readonly<Record<string, unknown>>) => ({
  'package.json': JSON.stringify(
    { name: 'shop', type: 'module', scripts: { test: 'node --test' }, ...more },
    null,
    2,
  ),
})

/** A lock file of npm's with one package. */
export const lockOf = (path: string, locked: Readonly<Record<string, unknown>>) => ({
  'package-lock.json': JSON.stringify(
    {
      ...{ name: 'shop', lockfileVersion: 3, requires: true },
      packages: { '': { name: 'shop', dependencies: { a: '1.0.0' } }, [path]: locked },
    },
    null,
    2,
  ),
})
