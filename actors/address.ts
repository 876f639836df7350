// Address
//
// Owns:   splitting an address, which is a path, into its parent's address and its id.

import type { Address } from '../kernel/index.ts'

/** Undefined for a root. */
export function parentOf(address: Address): Address | undefined {
  const cut = address.lastIndexOf('.')
  return cut < 0 ? undefined : address.slice(0, cut)
}

export function idOf(address: Address): string {
  return address.slice(address.lastIndexOf('.') + 1)
}
