// Page token
//
// Owns:   the secret without which a local page gives nothing: making it, and whether a request brought it.
// Leaves: the page's content (inspector-page.ts), how the page sends the token (page.ts).
//
// T1. The token travels in the fragment of the URL, which no server and no process list sees, and from then on in a header
//     of the WebSocket. No cookie: browsers send those to every port of this machine, also to another user's.
// T2. Comparing takes the same time, whatever was brought.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** The protocol that a WebSocket agrees on; the token is offered beside it and never chosen. */
export const PROTOCOL = 'canopy.inspect'

/** 256 bits. */
export function newPageToken(): string {
  return randomBytes(32).toString('base64url')
}

/** Whether a request brought the token: as a bearer token, or among the protocols that a browser offers. */
export function bringsToken({ headers }: IncomingMessage, token: string): boolean {
  const bearer = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1]
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim())
  return [bearer ?? '', ...offered.slice(0, MAX_OFFERED)].some((each) => isSame(each, token))
}

const MAX_OFFERED = 4

/** T2. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
