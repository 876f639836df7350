// Port user
//
// Owns:   which users' sockets answer at a port of this machine, as the kernel lists them.
// Leaves: what follows from it (connect-nats.ts).

import { readFileSync } from 'node:fs'

const LISTENING = '0A'
const ESTABLISHED = '01'
/** 127.0.0.1, ::1 and every address, as the kernel writes them (little-endian words). */
const HERE = /^(0100007F|0{8}|0{32}|0{16}FFFF00000100007F|0{24}01000000)$/
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6']

/**
 * The user ids of sockets that listen at this port or have accepted a connection there. Empty where the kernel does not
 * tell (no Linux). Sockets that nobody accepted yet are root's in the kernel's list.
 */
export function usersAtPort(port: number): ReadonlySet<number> {
  return new Set(TABLES.flatMap((table) => usersIn(textOf(table), port)))
}

/** A row: number, local address, remote address, state, two counts, retransmits, user id, … */
function usersIn(table: string, port: number): number[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  return table
    .split('\n')
    .slice(1)
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local = '', , state]) => {
      const [address = '', at] = local.split(':')
      return at === wanted && HERE.test(address) && (state === LISTENING || state === ESTABLISHED)
    })
    .map((fields) => Number(fields[7]))
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
