// Pinned manager
//
// Which version of pnpm or Yarn a repository asks for, by its manifest or by the form of its lock file.
// Leaves: getting it from the registry (install.ts).

import { jsonOf } from '../../kernel/index.ts'
import type { Survey } from '../../machines/index.ts'
import type { InstallFiles } from './foreign-dependencies.ts'

interface WantedManager {
  /** `pnpm@10.12.1`. */
  readonly package: string
  /** A name for the folder that keeps it. */
  readonly folder: string
}

/** Undefined for npm, and where neither file tells. */
export function managerWanted(
  manager: Survey['packageManager'],
  files: InstallFiles,
): WantedManager | undefined {
  if (manager === 'npm') return undefined
  const version = pinnedVersion(manager, files) ?? versionByLock(manager, files)
  if (version === undefined) return undefined
  const isBerry = manager === 'yarn' && Number.parseInt(version, 10) > 1
  const name = isBerry ? '@yarnpkg/cli-dist' : manager
  return { package: `${name}@${version}`, folder: `manager-${manager}-${version}` }
}

function pinnedVersion(manager: string, files: InstallFiles): string | undefined {
  const { packageManager } = (jsonOf(files['package.json'] ?? '') ?? {}) as { packageManager?: unknown }
  const [, name, version] = /^(\w+)@(\d+\.\d+\.\d+(?:-[\w.-]+)?)(?:\+|$)/.exec(`${packageManager}`) ?? []
  return name === manager ? version : undefined
}

/** The form of a lock file, and the oldest major version that writes and reads it today. */
const PNPM_BY_LOCK: readonly (readonly [form: RegExp, version: string])[] = [
  [/^lockfileVersion: '?9\b/m, '10'],
  [/^lockfileVersion: '?6\b/m, '8'],
  [/^lockfileVersion: '?5\b/m, '7'],
]

function versionByLock(manager: string, files: InstallFiles): string | undefined {
  if (manager === 'pnpm') return PNPM_BY_LOCK.find(([form]) => form.test(files['pnpm-lock.yaml'] ?? ''))?.[1]
  const lock = files['yarn.lock']
  if (lock === undefined) return undefined
  return /^__metadata:/m.test(lock) ? '4' : '1'
}
