// Filter
//
// The program with which the kernel decides on each system call of a command: a list of allowed calls, as bytes for
// `bwrap --seccomp`.
// Leaves: the list (system-calls.ts), handing it over (bubblewrap.ts).
//
// Other calls fail with ENOSYS, so that a program uses its code for older kernels. A call with the numbers of another
// processor (32-bit programs) ends the process.

import {
  allow,
  bytesOf,
  fail,
  type Instruction,
  ifArgument,
  ifArgumentHas,
  ifArgumentHasBoth,
  ifAtLeast,
  ifEqual,
  kill,
  loadNumber,
  loadProcessor,
  unlessArgument,
  unlessOneOf,
} from './instructions.ts'
import { ALLOWED_CALLS } from './system-calls.ts'

/** By Node's name: the column of its numbers, and its name in the kernel's audit. */
const PROCESSORS: ReadonlyMap<string, { readonly column: 0 | 1; readonly audit: number }> = new Map([
  ['x64', { column: 0, audit: 0xc000003e }],
  ['arm64', { column: 1, audit: 0xc00000b7 }],
])

/** On x86_64 numbers from here on are calls of x32 programs. */
const X32_CALLS = 0x40000000

const EPERM = 1
const ENOSYS = 38
const EAFNOSUPPORT = 97

const CLONE_NEW_NAMESPACES = 0x7e020000
const TYPING_INTO_A_TERMINAL = [0x5412, 0x541c]
const ORDINARY_PERSONALITY = 0
const ASK_PERSONALITY = 0xffffffff
const MAP_SHARED = 0x01
const MAP_ANONYMOUS = 0x20
const AF_UNIX = 1
const AF_INET = 2
const AF_INET6 = 10
const AF_NETLINK = 16
const NETLINK_ROUTE = 0

/** Calls that are refused with some arguments; a call that falls through is allowed. */
const CONDITIONS: Readonly<Record<string, readonly Instruction[]>> = {
  clone: ifArgumentHas(0, CLONE_NEW_NAMESPACES, fail(EPERM)),
  ioctl: ifArgument(1, TYPING_INTO_A_TERMINAL, fail(EPERM)),
  // Shared pages without a file stay when no process maps them any more: they could not be counted.
  mmap: ifArgumentHasBoth(3, MAP_SHARED, MAP_ANONYMOUS, fail(EPERM)),
  personality: unlessArgument(0, [ORDINARY_PERSONALITY, ASK_PERSONALITY], fail(EPERM)),
  socketpair: unlessArgument(0, [AF_UNIX], fail(EAFNOSUPPORT)),
  socket: [
    ...ifArgument(0, [AF_UNIX, AF_INET, AF_INET6], allow),
    ...unlessArgument(0, [AF_NETLINK], fail(EAFNOSUPPORT)),
    // A program lists its own network interfaces that way (os.networkInterfaces).
    ...unlessArgument(2, [NETLINK_ROUTE], fail(EAFNOSUPPORT)),
  ],
}

/** Undefined on a processor without a list. */
export function systemCallFilter(processor: string): Buffer | undefined {
  const known = PROCESSORS.get(processor)
  if (known === undefined) return undefined
  const calls = Object.entries(ALLOWED_CALLS).flatMap(([name, numbers]) => {
    const number = numbers[known.column]
    return number === null ? [] : ifEqual(number, [...(CONDITIONS[name] ?? []), allow])
  })
  return bytesOf([
    loadProcessor,
    ...unlessOneOf([known.audit], [kill]),
    loadNumber,
    ...ifAtLeast(X32_CALLS, [fail(ENOSYS)]),
    ...calls,
    fail(ENOSYS),
  ])
}
