// Capped text
//
// Keeps the beginning and the end of a stream that may never end. Neither is cut inside a character.

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
    const head = Buffer.concat(this.#head)
    if (this.total === head.length + tail.length) return Buffer.concat([head, tail]).toString('utf8')
    const [begin, end] = [head.subarray(0, wholeCharacters(head)), tail.subarray(firstCharacter(tail))]
    const left = this.total - begin.length - end.length
    return `${begin.toString('utf8')}\n[... ${left} bytes left out ...]\n${end.toString('utf8')}`
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

const isContinuation = (byte: number | undefined) => byte !== undefined && (byte & 0xc0) === 0x80
/** Of a character in UTF-8 after its first byte. */
const MAX_CONTINUATION_BYTES = 3

/** The bytes up to a character that the end cuts. */
function wholeCharacters(bytes: Buffer): number {
  let begin = bytes.length - 1
  while (begin > bytes.length - 1 - MAX_CONTINUATION_BYTES && isContinuation(bytes[begin])) begin -= 1
  const first = bytes[begin] ?? 0
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1
  return begin + length > bytes.length && first >= 0xc0 ? begin : bytes.length
}

/** The index behind a character that the beginning cuts. */
function firstCharacter(bytes: Buffer): number {
  let at = 0
  while (at < MAX_CONTINUATION_BYTES && isContinuation(bytes[at])) at += 1
  return at
}
