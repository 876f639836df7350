// Access
//
// Owns:   how anybody with the plain `nats` tools asks the running system the same: where, as whom, on which subjects.
//
// A1. The password is printed only when it is asked for (`canopy status --url`), never beside other things.

import type { Colors } from 'picocolors/types.js'

/** What others need to ask the same system. */
export interface Access {
  readonly system: string
  /** Without the password. */
  readonly url: string
  readonly user?: string
  readonly password?: string
  /** The file with the user and the password, when Canopy made them up. */
  readonly credentials?: string
  /** The options that say which run is meant, as they were typed. */
  readonly options: readonly string[]
}

/** For `nats --server`. */
export function accessUrl({ url, user, password }: Access): string {
  if (user === undefined || password === undefined) return url
  return url.replace('://', `://${encodeURIComponent(user)}:${encodeURIComponent(password)}@`)
}

/** Without the password. */
export function accessJson({ system, url, user, credentials }: Access): object {
  return { url, user, credentials, subject: `canopy.${system}.control.operator` }
}

/** Lines to copy. */
export function accessText({ system, url, credentials, options }: Access, colors: Colors): string {
  const command = ['canopy', 'status', ...options.map(quoted), '--url'].join(' ')
  const server = credentials === undefined ? quoted(url) : `"$(${command})"`
  const request = (rest: string): string =>
    `  nats --server ${server} req canopy.${system}.control.operator.${rest}`
  const where = credentials === undefined ? url : `${url}, its credential in ${credentials}`
  return [
    colors.dim(`ask it with the plain nats tools (${where}):`),
    request(`status ''`),
    request(`send.system.supervisor '{"type":"PAUSE"}'`),
  ].join('\n')
}

function quoted(word: string): string {
  return /^[\w./:@=+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
