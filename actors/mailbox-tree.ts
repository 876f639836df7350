// Mailbox tree
//
// Owns:   the mailboxes of a node by address. The mailboxes of an actor and of all actors below it are found without a
//         search through the others.

import type { Address } from '../kernel/index.ts'
import { parentOf } from './address.ts'
import { Mailbox } from './mailbox.ts'

export class MailboxTree {
  readonly #mailboxes = new Map<Address, Mailbox>()
  /** Addresses directly below that have a mailbox, or that have one below them. */
  readonly #below = new Map<Address, Set<Address>>()

  /** Created on first use. */
  at(address: Address): Mailbox {
    const known = this.#mailboxes.get(address)
    if (known) return known
    const mailbox = new Mailbox()
    this.#mailboxes.set(address, mailbox)
    this.#link(address)
    return mailbox
  }

  all(): Iterable<Mailbox> {
    return this.#mailboxes.values()
  }

  /** Removes and returns the mailboxes of an address and of all addresses below it. */
  take(address: Address): readonly (readonly [Address, Mailbox])[] {
    const below = [...(this.#below.get(address) ?? [])].flatMap((each) => this.take(each))
    const own = this.#mailboxes.get(address)
    this.#mailboxes.delete(address)
    this.#unlink(address)
    return own ? [[address, own], ...below] : below
  }

  /** Removes the empty mailbox of an address. */
  drop(address: Address): void {
    if (this.#mailboxes.get(address)?.size !== 0) return
    this.#mailboxes.delete(address)
    this.#unlink(address)
  }

  #link(address: Address): void {
    const parent = parentOf(address)
    if (parent === undefined) return
    const siblings = this.#below.get(parent)
    if (siblings) siblings.add(address)
    else {
      this.#below.set(parent, new Set([address]))
      this.#link(parent)
    }
  }

  #unlink(address: Address): void {
    const parent = parentOf(address)
    if (parent === undefined || this.#below.has(address)) return
    const siblings = this.#below.get(parent)
    siblings?.delete(address)
    if (siblings?.size !== 0) return
    this.#below.delete(parent)
    if (!this.#mailboxes.has(parent)) this.#unlink(parent)
  }
}
