// Payments
//
// Owns:   the bank of this example: a file with a line for each payment.
//
// B1. Asked again under the same key it gives the same receipt and takes no second payment, as payment services do.

import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { RetryableError } from '../../actors/index.ts'
import type { OrderInput } from './actors.ts'

export interface Payment {
  readonly key: string
  readonly order: string
  readonly amount: number
}

const PRICE = 25
const SLOW_MS = 80

export class Bank {
  readonly #file: string

  constructor(directory: string) {
    this.#file = join(directory, 'payments.jsonl')
  }

  async payments(): Promise<Payment[]> {
    const text = await readFile(this.#file, 'utf8').catch(() => '')
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Payment)
  }

  /** Every fifth order finds the bank closed at first. */
  async charge(
    { order, quantity }: OrderInput,
    key: string,
    attempt: number,
    signal: AbortSignal,
  ): Promise<{ receipt: string }> {
    if (Number(order) % 5 === 0 && attempt === 1) throw new RetryableError('the bank is closed for a moment')
    const paid = (await this.payments()).find((payment) => payment.key === key)
    if (!paid) await appendFile(this.#file, `${JSON.stringify({ key, order, amount: quantity * PRICE })}\n`)
    // The money has gone; whoever dies now must not pay again.
    await pause(SLOW_MS, undefined, { signal })
    return { receipt: `R-${order}` }
  }
}
