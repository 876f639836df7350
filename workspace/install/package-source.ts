// Package source
//
// Owns:   where packages come from by the user's word: registries with their credentials, and what else is allowed.
// Leaves: reading the user's configuration (app/), serving it to the sandbox (registry-server.ts).
//
// P1. A repository adds nothing to it.

export interface PackageSource {
  /** The first one is for every package without a scope of its own. */
  readonly registries: readonly PackageRegistry[]
  /** What is installed besides packages of these registries. */
  readonly allowed: ReadonlySet<AllowedKind>
  /** Certificates in PEM that are trusted besides the usual ones. */
  readonly certificates?: string
}

export interface PackageRegistry {
  /** With a slash at the end. */
  readonly url: string
  /** `@name`; absent: all others. */
  readonly scope?: string
  /** The header of each request to it. It never enters the sandbox. */
  readonly authorization?: string
}

/** `scripts`: those of packages run while they are installed. */
export const ALLOWED_KINDS = ['git', 'url', 'scripts'] as const
export type AllowedKind = (typeof ALLOWED_KINDS)[number]

export const PUBLIC_REGISTRY = 'https://registry.npmjs.org/'

export const PUBLIC_SOURCE: PackageSource = { registries: [{ url: PUBLIC_REGISTRY }], allowed: new Set() }

/** One and the same registry under these addresses. Lock files name them whatever registry they were made with. */
export const PUBLIC_ADDRESSES = [
  PUBLIC_REGISTRY,
  'http://registry.npmjs.org/',
  'https://registry.yarnpkg.com/',
  'http://registry.yarnpkg.com/',
]

/** Where on loopback a package manager reaches the registries. */
export interface RegistryPort {
  readonly port: number
  /** Begins each path where other users can connect to the port; absent in the sandbox, where nobody else is. */
  readonly token?: string
}

/** Where a registry is for a package manager, by its place among them. */
export const localUrl = ({ port, token }: RegistryPort, at: number): string =>
  `http://127.0.0.1:${port}/${token === undefined ? '' : `${token}/`}r${at}/`

/** Text with the addresses of registries led to where they are in the sandbox. */
export function ledInside(text: string, { registries }: PackageSource, port: RegistryPort): string {
  const own = registries.map(({ url }, at) => [url, localUrl(port, at)] as const)
  const known = PUBLIC_ADDRESSES.map((url) => [url, localUrl(port, 0)] as const)
  return [...own, ...known].reduce((now, [url, local]) => now.replaceAll(url, local), text)
}

/** Text from the sandbox with the addresses that people know. */
export function ledOutside(text: string, { registries }: PackageSource, port: RegistryPort): string {
  return registries.reduce((now, { url }, at) => now.replaceAll(localUrl(port, at), url), text)
}
