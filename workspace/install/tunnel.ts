// Tunnel
//
// Forwards bytes to a server that the user allowed, for dependencies outside all registries.
//
// The name must be an allowed one, the port that of https, and its address public. The name is resolved once, and that
// address is used.

import { lookup } from 'node:dns/promises'
import { BlockList, connect, isIPv6 } from 'node:net'
import type { Duplex } from 'node:stream'

const HTTPS = '443'

/** One list for each family: Node compares an IPv4 address with networks of IPv6, too, as `::ffff:1.2.3.4`. */
const NOT_PUBLIC = {
  ipv4: networks('ipv4', [
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['224.0.0.0', 3],
  ]),
  ipv6: networks('ipv6', [
    ['::', 3],
    ['4000::', 2],
    ['8000::', 1],
    ['2001:db8::', 32],
    ['2002::', 16],
  ]),
}

function networks(family: 'ipv4' | 'ipv6', list: readonly (readonly [network: string, bits: number])[]) {
  const blocked = new BlockList()
  for (const [network, bits] of list) blocked.addSubnet(network, bits, family)
  return blocked
}

export async function openTunnel(to: string, inner: Duplex, hosts: ReadonlySet<string>): Promise<void> {
  const [, host = '', port = ''] = /^([a-z0-9.-]+):(\d+)$/i.exec(to) ?? []
  if (port !== HTTPS || !hosts.has(host.toLowerCase())) throw new Error(`${to.slice(0, 200)} is not allowed`)
  const { address } = await lookup(host)
  if (!isPublic(address)) throw new Error(`${host} is at ${address}, which is no public address`)
  const outer = connect(Number(port), address)
  outer.once('connect', () => {
    inner.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    inner.pipe(outer).pipe(inner)
  })
  inner.on('error', () => outer.destroy())
  outer.on('error', () => inner.destroy())
}

/** Of IPv6 only 2000::/3 is public, except for its parts with other uses. */
export function isPublic(address: string): boolean {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  return !NOT_PUBLIC[family].check(address, family)
}
