// Access
//
// Owns:   how anybody with the plain `nats` tools asks the running system the same: where, with which key, on which
//         subjects.
//
// A1. The key itself is printed nowhere: its file is named.

import type { Colors } from 'picocolors/types.js'
import type { SystemAccess } from '../app/index.ts'

/** For `nats --server`. */
export function accessUrl({ url }: SystemAccess): string {
  return url
}

export function accessJson({ system, url, credentials, sender }: SystemAccess): object {
  return { url, credentials, subject: subjectOf(system, sender) }
}

/** Lines to copy; of what the key may ask, no more. */
export function accessText({ system, url, credentials, sender }: SystemAccess, colors: Colors): string {
  const server = `nats --creds ${quoted(credentials)} --server ${quoted(url)}`
  const request = (rest: string): string => `  ${server} req ${subjectOf(system, sender)}.${rest}`
  return [
    colors.dim('the same with the nats tools:'),
    request(`status ''`),
    ...(/^viewer\b/.test(sender) ? [] : [request(`send.system.supervisor '{"type":"PAUSE"}'`)]),
  ].join('\n')
}

function subjectOf(system: string, sender: string): string {
  return `canopy.${system}.control.${sender}`
}

function quoted(word: string): string {
  return /^[\w./:@=+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
