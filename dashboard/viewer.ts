// Viewer
//
// Owns:   one open page and the messages still to be sent to it, at the page's own speed.
// Leaves: the connection's life (inspector-page.ts).
//
// V1. What waits is bounded: of an actor's snapshots the newest, of events so many.
// V2. Messages that were not sent are counted, and the page shows the count.

import type { StatelyInspectionEvent } from '@statelyai/inspect'

/** What a viewer needs of its connection. */
export interface ViewerConnection {
  /** Bytes taken and not yet on their way. */
  readonly bufferedAmount: number
  /** `sent` is called when the text is on its way, or never will be. */
  send(text: string, sent: () => void): void
}

/** As much may be on its way. */
const AHEAD = 256 * 1024
const EVENTS = 500

export class Viewer {
  readonly #line: ViewerConnection
  /** In the order of their sending; a key's newest text stands where its oldest stood. */
  readonly #waiting = new Map<string, object>()
  #events = 0
  #count = 0
  #dropped = 0

  constructor(line: ViewerConnection) {
    this.#line = line
  }

  get dropped(): number {
    return this.#dropped
  }

  get waiting(): number {
    return this.#waiting.size
  }

  offer(event: StatelyInspectionEvent): void {
    if (event.type === '@xstate.event') this.#offerEvent(event)
    else {
      const key = `${event.type} ${event.sessionId}`
      if (this.#waiting.has(key)) this.#dropped += 1
      this.#waiting.set(key, event)
    }
    this.#flush()
  }

  /** News of which only the newest counts, such as how much was dropped. */
  note(key: string, news: object): void {
    this.#waiting.set(`note ${key}`, news)
    this.#flush()
  }

  #offerEvent(event: StatelyInspectionEvent): void {
    this.#count += 1
    this.#events += 1
    this.#waiting.set(`${EVENT}${this.#count}`, event)
    if (this.#events <= EVENTS) return
    for (const key of this.#waiting.keys()) {
      if (!key.startsWith(EVENT)) continue
      this.#waiting.delete(key)
      this.#events -= 1
      this.#dropped += 1
      return
    }
  }

  #flush(): void {
    for (const [key, event] of this.#waiting) {
      if (this.#line.bufferedAmount > AHEAD) return
      this.#waiting.delete(key)
      if (key.startsWith(EVENT)) this.#events -= 1
      this.#line.send(JSON.stringify(event), () => this.#flush())
    }
  }
}

const EVENT = 'event '
