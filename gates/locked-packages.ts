// Locked packages
//
// Names and versions of the packages in the lock files of npm, pnpm and yarn.

import { parseJson } from '../kernel/index.ts'

export interface LockedPackage {
  readonly name: string
  readonly version: string
}

/** Empty for a text that is not a lock file. */
export function lockedPackages(text: string): LockedPackage[] {
  return text.trimStart().startsWith('{')
    ? ofNpm(text)
    : /^lockfileVersion:/m.test(text)
      ? ofPnpm(text)
      : ofYarn(text)
}

function ofNpm(text: string): LockedPackage[] {
  try {
    const { packages = {} } = parseJson(text) as {
      packages?: Record<string, { name?: string; version?: string }>
    }
    return Object.entries(packages).flatMap(([path, { name, version }]) => {
      const from = path.lastIndexOf('node_modules/')
      if (from < 0 || version === undefined) return []
      return [{ name: name ?? path.slice(from + 'node_modules/'.length), version }]
    })
  } catch {
    return []
  }
}

/** `  /name@1.2.3:` and `  '@scope/name@1.2.3':`, with or without peer dependencies. */
function ofPnpm(text: string): LockedPackage[] {
  const found = text.matchAll(/^ {2}'?\/?((?:@[^/\s]+\/)?[^@/\s']+)@(\d[^:('\s]*)[^:\n]*:/gm)
  return [...found].map(([, name = '', version = '']) => ({ name, version }))
}

function ofYarn(text: string): LockedPackage[] {
  const found = text.matchAll(/^"?((?:@[^/\s]+\/)?[^@\s"]+)@[^\n]*:\n\s+version:?\s+"?([^"\s]+)"?/gm)
  return [...found].map(([, name = '', version = '']) => ({ name, version }))
}
