// Channel
//
// Owns:   messages between the writer and the programs it starts: one line each, with NaN, -0 and undefined intact.
// Leaves: their content (tasks.ts).
//
// R1. Code under test may write to the same descriptor: a line that is no message is dropped.

import { deserialize, serialize } from 'node:v8'

export function encodeLine(message: unknown): string {
  return `${serialize(message).toString('base64')}\n`
}

export function decodeLine(line: string): unknown {
  return deserialize(Buffer.from(line, 'base64'))
}

/** Cuts chunks into lines and hands each message on, decoded. */
export function createLineReader(receive: (message: unknown) => void): (chunk: string) => void {
  let rest = ''
  return (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const message = line === '' ? undefined : decodeOrDrop(line)
      if (isMessage(message)) receive(message)
    }
  }
}

function decodeOrDrop(line: string): unknown {
  try {
    return decodeLine(line)
  } catch {
    return undefined
  }
}

function isMessage(value: unknown): value is { readonly kind: string } {
  return typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string'
}
