// Channel
//
// Whole messages over two descriptors: a length of four bytes, then JSON.
//
// `receive` blocks the thread, so that a call into the other process returns like any other call.

'use strict'

const { read, readSync, writeSync } = require('node:fs')

const MAX_BYTES = 64 * 1024 * 1024
const { parse, stringify } = JSON

class Channel {
  #input
  #output

  constructor(input, output) {
    this.#input = input
    this.#output = output
  }

  send(message) {
    const body = Buffer.from(stringify(message))
    const head = Buffer.alloc(4)
    head.writeUInt32LE(body.length)
    const whole = Buffer.concat([head, body])
    for (let at = 0; at < whole.length; ) at += writeSync(this.#output, whole, at)
  }

  receive() {
    return this.#body(this.#exactly(Buffer.alloc(4), 0))
  }

  /** Calls back with each message that arrives while the process is idle. */
  whenIdle(onMessage) {
    const head = Buffer.alloc(4)
    read(this.#input, head, 0, 4, null, (error, count) => {
      if (error || count === 0) process.exit(0)
      onMessage(this.#body(this.#exactly(head, count)))
    })
  }

  #body(head) {
    const length = head.readUInt32LE()
    if (length > MAX_BYTES) throw new Error(`a message of ${length} bytes is longer than ${MAX_BYTES}`)
    return parse(this.#exactly(Buffer.alloc(length), 0).toString('utf8'))
  }

  #exactly(buffer, from) {
    for (let at = from; at < buffer.length; ) {
      const count = readSync(this.#input, buffer, at, buffer.length - at, null)
      if (count === 0) throw new Error('the other process is gone')
      at += count
    }
    return buffer
  }
}

module.exports = { Channel }
