// Ledger: what was paid and what was merged, written by all processes into one file, a line each. A process that is
// killed leaves the lines it has written.

import { appendFileSync, readFileSync } from 'node:fs'

interface Entry {
  readonly what: 'asked' | 'paid' | 'merged'
  readonly task: string
  /** The idempotency key of the effect. */
  readonly key: string
}

export interface Account {
  /** Writings that were begun, and those that came to their end. */
  readonly asked: number
  readonly paid: number
  /** Keys under which more than one was paid. */
  readonly paidTwice: number
  readonly merged: number
  /** Tasks that were merged more than once. */
  readonly mergedTwice: number
}

export class Ledger {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  note(entry: Entry): void {
    appendFileSync(this.#file, `${JSON.stringify(entry)}\n`)
  }

  read(): Account {
    const lines = readFileSync(this.#file, 'utf8').trim().split('\n')
    const entries = lines.map((line) => JSON.parse(line) as Entry)
    const of = (what: Entry['what']) => entries.filter((entry) => entry.what === what)
    return {
      asked: of('asked').length,
      paid: of('paid').length,
      paidTwice: repeated(of('paid').map(({ key }) => key)),
      merged: of('merged').length,
      mergedTwice: repeated(of('merged').map(({ task }) => task)),
    }
  }
}

function repeated(names: readonly string[]): number {
  return new Set(names.filter((name, at) => names.indexOf(name) !== at)).size
}
