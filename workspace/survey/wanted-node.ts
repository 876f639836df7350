// Wanted node
//
// Which versions of Node a repository asks for, by its own files, and which of the installed ones fits.
// Leaves: finding the installed ones (find-node.ts).

import type { Survey } from '../../machines/index.ts'
import { isInRange, versionRange } from '../package-version.ts'

export interface NodeWish {
  /** A range of versions, as npm writes them. */
  readonly range: string
  /** Where it is written, with its text: `.nvmrc: 20`. */
  readonly said: string
}

export interface InstalledNode {
  /** Absolute; of the program itself, not of a link or a shim. */
  readonly path: string
  readonly version: string
  /** Where it was found: `the PATH`. */
  readonly place: string
}

export interface NodeManifest {
  readonly engines?: unknown
  readonly volta?: unknown
}

/** Files that name one version. */
export const VERSION_FILES = ['.nvmrc', '.node-version', '.tool-versions'] as const
export type VersionFiles = Readonly<Partial<Record<(typeof VERSION_FILES)[number], string>>>

/** The wish that counts: an exact version goes before a range. Undefined: none is written, or none can be read. */
export function wishOf(manifest: NodeManifest, files: VersionFiles): NodeWish | undefined {
  const lines: readonly (readonly [place: string, text: unknown])[] = [
    ['volta in package.json', field(manifest.volta, 'node')],
    ['.nvmrc', files['.nvmrc']],
    ['.node-version', files['.node-version']],
    ['.tool-versions', /^nodejs?[ \t]+(\S+)/m.exec(files['.tool-versions'] ?? '')?.[1]],
    ['engines in package.json', field(manifest.engines, 'node')],
  ]
  for (const [place, text] of lines) {
    if (typeof text !== 'string') continue
    const written = withoutComments(text)
    const range = rangeOf(written)
    if (range !== undefined) return { range, said: `${place}: ${written.slice(0, 60)}` }
  }
  return undefined
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

const withoutComments = (text: string) => text.replace(/#.*$/gm, '').trim()

/** Names of the lines with long-term support. */
const NAMED: Readonly<Record<string, string>> = {
  ...{ hydrogen: '18', iron: '20', jod: '22', krypton: '24' },
  ...{ node: '*', stable: '*', latest: '*', current: '*', lts: '*', '*': '*' },
}

function rangeOf(text: string): string | undefined {
  const name = text.toLowerCase().replace(/^lts[/-]/, '')
  if (Object.hasOwn(NAMED, name)) return NAMED[name]
  return versionRange(text)
}

/**
 * The first that fulfils all wishes; if none does, the first that fulfils as many of the first ones as any does. The
 * installed ones come in the order of preference.
 */
export function chooseNode(
  wishes: readonly NodeWish[],
  installed: readonly InstalledNode[],
): Survey['node'] | undefined {
  for (let count = wishes.length; count >= 0; count -= 1) {
    const kept = wishes.slice(0, count)
    const node = installed.find(({ version }) => kept.every(({ range }) => isInRange(version, range)))
    if (node === undefined) continue
    const { path, version, place } = node
    const missed = wishes.slice(count).map(({ said }) => said)
    const reason = [place, ...kept.map(({ said }) => said)].join('; ')
    const without = missed.length === 0 ? '' : `; no installed Node fits ${missed.join(' and ')}`
    return { path, version, reason: `${reason}${without}` }
  }
  return undefined
}
