// Inspector link
//
// Owns:   sending to an inspector's server that is there already, such as that of `@statelyai/inspect`, through the
//         package's own WebSocket inspector.
// Leaves: its viewers, and the messages they miss.
//
// K1. What that server does not take is dropped and counted.

import { setTimeout as pause } from 'node:timers/promises'
import { createWebSocketInspector } from '@statelyai/inspect'
import type { InspectorPage } from './inspector-page.ts'

/** What the package's adapter has, though its type does not say so. */
interface Socket {
  readonly status: 'open' | 'closed'
  readonly ws?: { readonly bufferedAmount: number }
}

const OPEN_MS = 2_000
/** As much may be on its way. */
const AHEAD = 1024 * 1024

/** Rejects when nobody listens there. */
export async function openInspectorLink(to: URL): Promise<InspectorPage> {
  const { adapter } = createWebSocketInspector({ url: to.href })
  const socket = adapter as unknown as Socket
  const deadline = performance.now() + OPEN_MS
  while (socket.status !== 'open' && performance.now() < deadline) await pause(20)
  if (socket.status !== 'open') {
    adapter.stop()
    throw new Error(`no inspector's server listens at ${to.href}`)
  }
  let dropped = 0
  return {
    url: to.href,
    viewers: 1,
    get dropped() {
      return dropped
    },
    send(event) {
      if (socket.status === 'open' && (socket.ws?.bufferedAmount ?? 0) <= AHEAD) adapter.send(event)
      else dropped += 1
    },
    tell: () => {},
    close: async () => adapter.stop(),
  }
}
