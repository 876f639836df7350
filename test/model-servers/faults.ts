// Faults
//
// Owns:   what can happen to an answer on its way, as functions from the good answer to the bad one.
// Leaves: sending it (server.ts).

/** An answer as bytes: what will be written, and how it ends. */
export interface Wire {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Written one by one; of a stream one event each, of a whole answer all of it. */
  readonly chunks: readonly Buffer[]
  readonly end: 'close' | 'reset' | 'stall'
  /** Before anything: the connection is reset, says nothing for ever, or speaks no HTTP. */
  readonly instead?: 'reset' | 'stall' | 'junk'
  /** Between two chunks. */
  readonly pauseMs?: number
  /** Goes on for ever after the chunks. */
  readonly flood?: Buffer
}

export type Fault = (wire: Wire) => Wire

/** The first chunks that make up more than half of the answer. */
function half(wire: Wire): Buffer {
  const all = Buffer.concat(wire.chunks)
  return all.subarray(0, Math.floor(all.length / 2))
}

const html = '<html><head><title>502</title></head><body><h1>Bad Gateway</h1></body></html>'

export const faults = {
  resetBeforeHeaders: (wire: Wire): Wire => ({ ...wire, instead: 'reset' }),
  stallBeforeHeaders: (wire: Wire): Wire => ({ ...wire, instead: 'stall' }),
  junk: (wire: Wire): Wire => ({ ...wire, instead: 'junk' }),
  resetInBody: (wire: Wire): Wire => ({ ...wire, chunks: [half(wire)], end: 'reset' }),
  cutInBody: (wire: Wire): Wire => ({ ...wire, chunks: [half(wire)] }),
  stallInBody: (wire: Wire): Wire => ({ ...wire, chunks: [half(wire)], end: 'stall' }),
  html: (wire: Wire): Wire => ({
    ...wire,
    headers: { ...wire.headers, 'content-type': 'text/html' },
    chunks: [Buffer.from(html)],
  }),
  /** In the middle of a character of more than one byte. */
  cutInCharacter: (wire: Wire): Wire => {
    const all = Buffer.concat(wire.chunks)
    const at = all.findIndex((byte) => byte >= 0xc0)
    if (at < 0) throw new Error('the answer has no character of more than one byte')
    return { ...wire, chunks: [all.subarray(0, at + 1)] }
  },
  /** In the middle of the word `data:` of the event that is so many from the end. */
  cutInData:
    (events: number): Fault =>
    (wire) => {
      const kept = wire.chunks.slice(0, wire.chunks.length - events + 1)
      const cut = kept.at(-1)?.toString() ?? ''
      return { ...wire, chunks: kept.with(-1, Buffer.from(cut.slice(0, cut.indexOf('data:') + 3))) }
    },
  /** Without its last events: those that end it. */
  cutBeforeEnd:
    (events: number): Fault =>
    (wire) => ({ ...wire, chunks: wire.chunks.slice(0, -events) }),
  /** Without the events whose text fits. */
  without:
    (pattern: RegExp): Fault =>
    (wire) => ({ ...wire, chunks: wire.chunks.filter((chunk) => !pattern.test(chunk.toString())) }),
  /** One more event, before the last `before`. */
  insert:
    (event: string, before: number): Fault =>
    (wire) => ({
      ...wire,
      chunks: wire.chunks.toSpliced(wire.chunks.length - before, 0, Buffer.from(event)),
    }),
  /** The first half of the events, then this one and nothing more. */
  endsWith:
    (event: string): Fault =>
    (wire) => ({
      ...wire,
      chunks: [...wire.chunks.slice(0, Math.ceil(wire.chunks.length / 2)), Buffer.from(event)],
    }),
  replace:
    (pattern: RegExp, by: string): Fault =>
    (wire) => ({
      ...wire,
      chunks: wire.chunks.map((chunk) => Buffer.from(chunk.toString().replaceAll(pattern, by))),
    }),
  bytewise: (wire: Wire): Wire => ({
    ...wire,
    chunks: [...Buffer.concat(wire.chunks)].map((byte) => Buffer.from([byte])),
  }),
  slow:
    (pauseMs: number): Fault =>
    (wire) => ({ ...wire, pauseMs }),
  floodAfter:
    (event: string, chunks: number): Fault =>
    (wire) => ({ ...wire, chunks: wire.chunks.slice(0, chunks), flood: Buffer.from(event) }),
} as const
