// JSON lines
//
// Cuts the output of a server into lines, each up to a size.
// Leaves: reading a line (messages.ts).

const NEWLINE = 10

export class JsonLines {
  readonly #most: number
  #chunks: Buffer[] = []
  #bytes = 0

  /** `most`: bytes of a line. */
  constructor(most: number) {
    this.#most = most
  }

  /** The lines that this chunk completes; throws when a line is too long. */
  take(chunk: Buffer): string[] {
    const lines: string[] = []
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end))
      lines.push(Buffer.concat(this.#chunks).toString('utf8').trim())
      this.#chunks = []
      this.#bytes = 0
      start = end + 1
    }
    this.#keep(chunk.subarray(start))
    return lines.filter((line) => line !== '')
  }

  #keep(part: Buffer): void {
    this.#bytes += part.length
    if (this.#bytes > this.#most) throw new RangeError(`it sent a message of more than ${this.#most} bytes`)
    if (part.length > 0) this.#chunks.push(part)
  }
}
