// Package source
//
// The user's sources of packages: registries with their credentials, and further allowed kinds.
// Leaves: reading the user's configuration (app/), serving it to the sandbox (registry-server.ts).
//
// P1. A repository adds nothing to it.

export interface PackageSource {
  /** The first one is for every package without a scope of its own. */
  readonly registries: readonly PackageRegistry[]
  /** Allowed kinds besides packages of these registries. */
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

/** `scripts`: packages' scripts run during the installation. */
export const ALLOWED_KINDS = ['git', 'url', 'scripts'] as const
export type AllowedKind = (typeof ALLOWED_KINDS)[number]

export const PUBLIC_REGISTRY = 'https://registry.npmjs.org/'

export const PUBLIC_SOURCE: PackageSource = { registries: [{ url: PUBLIC_REGISTRY }], allowed: new Set() }

/** The same registry under different URLs. Lock files name them for any registry. */
export const PUBLIC_ADDRESSES = [
  PUBLIC_REGISTRY,
  'http://registry.npmjs.org/',
  'https://registry.yarnpkg.com/',
  'http://registry.yarnpkg.com/',
]

/** The port on loopback through which a package manager reaches the registries. */
export interface RegistryPort {
  readonly port: number
  /** Begins each path where other users can connect to the port; absent in the sandbox, where there are none. */
  readonly token?: string
}

/** The URL of a registry for a package manager, by its index. */
export const localUrl = ({ port, token }: RegistryPort, at: number): string =>
  `http://127.0.0.1:${port}/${token === undefined ? '' : `${token}/`}r${at}/`

/** Text with the registries' URLs replaced by those in the sandbox. */
export function ledInside(text: string, { registries }: PackageSource, port: RegistryPort): string {
  const own = registries.map(({ url }, at) => [url, localUrl(port, at)] as const)
  const known = PUBLIC_ADDRESSES.map((url) => [url, localUrl(port, 0)] as const)
  return [...own, ...known].reduce((now, [url, local]) => now.replaceAll(url, local), text)
}

/** Text from the sandbox with the registries' real URLs. */
export function ledOutside(text: string, { registries }: PackageSource, port: RegistryPort): string {
  return registries.reduce((now, { url }, at) => now.replaceAll(localUrl(port, at), url), text)
}
