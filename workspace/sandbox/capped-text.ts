// Capped text
//
// Keeps the beginning and the end of a stream that may never end.

export class CappedText {
  readonly #half: number
  readonly #head: Buffer[] = []
  #headBytes = 0
  #tail: Buffer[] = []
  #tailBytes = 0
  total = 0

  constructor(bytes: number) {
    this.#half = Math.ceil(bytes / 2)
  }

  push(chunk: Buffer): void {
    this.total += chunk.length
    const room = this.#half - this.#headBytes
    if (room > 0) this.#keepFirst(chunk.subarray(0, room))
    if (chunk.length > room) this.#keepLast(chunk.subarray(Math.max(room, 0)))
  }

  text(): string {
    const tail = Buffer.concat(this.#tail).subarray(-this.#half)
    const left = this.total - this.#headBytes - tail.length
    const gap = left > 0 ? `\n[... ${left} bytes left out ...]\n` : ''
    return `${Buffer.concat(this.#head).toString('utf8')}${gap}${tail.toString('utf8')}`
  }

  #keepFirst(chunk: Buffer): void {
    this.#head.push(chunk)
    this.#headBytes += chunk.length
  }

  #keepLast(chunk: Buffer): void {
    this.#tail.push(chunk)
    this.#tailBytes += chunk.length
    if (this.#tailBytes < this.#half * 2) return
    this.#tail = [Buffer.from(Buffer.concat(this.#tail).subarray(-this.#half))]
    this.#tailBytes = this.#half
  }
}
