// Port user
//
// Owns:   the users whose sockets are at a port of this machine, as the kernel lists them.
// Leaves: acting on it (connect-nats.ts).

import { readFileSync } from 'node:fs'

const LISTENING = '0A'
const ESTABLISHED = '01'
/** 127.0.0.1, ::1 and the unspecified addresses, as the kernel writes them (little-endian words). */
const HERE = /^(0100007F|0{8}|0{32}|0{16}FFFF00000100007F|0{24}01000000)$/
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6']

/**
 * The user ids of sockets that listen at this port or have accepted a connection there. Empty on systems other than
 * Linux. The kernel lists sockets that are not accepted yet under root.
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
