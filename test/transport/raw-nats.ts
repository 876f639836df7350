// Raw NATS: what the plain `nats` tools put on the wire, by hand over a TCP socket. Of the client library only the
// signature with a key.

import { connect, type Socket } from 'node:net'
import { credsAuthenticator } from '@nats-io/transport-node'

interface Arrived {
  readonly subject: string
  readonly payload: string
}

export class RawNats {
  readonly #socket: Socket
  readonly #arrived = new Map<string, Arrived[]>()
  readonly #waiting = new Set<() => void>()
  #buffer = Buffer.alloc(0)
  #error: string | undefined
  #nonce: string | undefined
  #pongs = 0
  #subscriptions = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk])
      this.#read()
      for (const look of this.#waiting) look()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#error ??= 'the server closed the connection'
      for (const look of this.#waiting) look()
    })
  }

  /** `credentials` as a file of them has it. Throws with the server's own word when it refuses. */
  static async connect(url: string, credentials?: string): Promise<RawNats> {
    const { hostname, port } = new URL(url)
    const raw = new RawNats(connect(Number(port), hostname))
    const nonce = await raw.#until(() => raw.#nonce)
    const auth = credentials === undefined ? {} : credsAuthenticator(Buffer.from(credentials))(nonce)
    raw.#write(`CONNECT ${JSON.stringify({ verbose: false, pedantic: false, lang: 'hand', ...auth })}\r\n`)
    await raw.flush()
    return raw
  }

  /** All that was written before has reached the server. */
  async flush(): Promise<void> {
    const before = this.#pongs
    this.#write('PING\r\n')
    await this.#until(() => this.#pongs > before || undefined)
  }

  /** Without a reply subject. */
  publish(subject: string, payload: string | Uint8Array): void {
    this.#write(`PUB ${subject} ${Buffer.byteLength(payload)}\r\n`)
    this.#write(payload)
    this.#write('\r\n')
  }

  /** What `nats req` does. */
  async request(subject: string, payload: string): Promise<string> {
    const sid = String(++this.#subscriptions)
    const inbox = `_INBOX.hand.${process.pid}.${sid}`
    this.#write(`SUB ${inbox} ${sid}\r\n`)
    this.#write(`PUB ${subject} ${inbox} ${Buffer.byteLength(payload)}\r\n${payload}\r\n`)
    const { payload: answer } = await this.#until(() => this.#arrived.get(sid)?.[0])
    this.#write(`UNSUB ${sid}\r\n`)
    return answer
  }

  close(): void {
    this.#socket.destroy()
  }

  #write(bytes: string | Uint8Array): void {
    this.#socket.write(bytes)
  }

  async #until<T>(look: () => T | undefined): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const again = (): void => {
      const found = look()
      if (found !== undefined) resolve(found)
      else if (this.#error !== undefined) reject(new Error(this.#error))
    }
    const late = setTimeout(() => reject(new Error('nothing came in 10 s')), 10_000)
    this.#waiting.add(again)
    again()
    try {
      return await promise
    } finally {
      clearTimeout(late)
      this.#waiting.delete(again)
    }
  }

  #read(): void {
    for (;;) {
      const end = this.#buffer.indexOf('\r\n')
      if (end < 0) return
      const line = this.#buffer.toString('utf8', 0, end)
      const message = /^MSG (\S+) (\S+) (?:\S+ )?(\d+)$/.exec(line)
      if (message) {
        const [, subject = '', sid = '', bytes = '0'] = message
        const from = end + 2
        const to = from + Number(bytes)
        if (this.#buffer.length < to + 2) return
        const payload = this.#buffer.toString('utf8', from, to)
        this.#arrived.set(sid, [...(this.#arrived.get(sid) ?? []), { subject, payload }])
        this.#buffer = this.#buffer.subarray(to + 2)
        continue
      }
      this.#buffer = this.#buffer.subarray(end + 2)
      if (line.startsWith('INFO ')) this.#nonce = JSON.parse(line.slice(5)).nonce ?? ''
      if (line === 'PING') this.#write('PONG\r\n')
      if (line === 'PONG') this.#pongs += 1
      if (line.startsWith('-ERR')) this.#error = line
    }
  }
}
