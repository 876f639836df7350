// The list of system calls as the kernel runs it, on both processors: a small machine of classic BPF in place of a kernel.

import { describe, expect, it } from 'vitest'
import { systemCallFilter } from '../../workspace/sandbox/seccomp/filter.ts'
import { ALLOWED_CALLS } from '../../workspace/sandbox/seccomp/system-calls.ts'

const ALLOW = 0x7fff0000
const KILL = 0x80000000
const ENOSYS = 0x00050000 + 38
const EPERM = 0x00050000 + 1
const EAFNOSUPPORT = 0x00050000 + 97
const AUDIT = { x64: 0xc000003e, arm64: 0xc00000b7 }

type Processor = keyof typeof AUDIT

/** What the program says to a call; `steps` are bounded by its length, since it only jumps forward. */
function decide(
  processor: Processor,
  number: number,
  args: readonly number[] = [],
  audit = AUDIT[processor],
) {
  const program = systemCallFilter(processor) ?? Buffer.alloc(0)
  const words = [number, audit, 0, 0, ...args.flatMap((arg) => [arg, 0])]
  let loaded = 0
  for (let at = 0; at < program.length; at += 8) {
    const code = program.readUInt16LE(at)
    const operand = program.readUInt32LE(at + 4)
    if (code === 0x06) return operand
    if (code === 0x20) loaded = (words[operand / 4] ?? 0) >>> 0
    const holds =
      (code === 0x15 && loaded === operand) ||
      (code === 0x35 && loaded >= operand) ||
      (code === 0x45 && (loaded & operand) !== 0)
    if (code !== 0x20) at += 8 * program.readUInt8(at + (holds ? 2 : 3))
  }
  throw new Error('the program has no end')
}

const numbers = (column: 0 | 1) =>
  new Map(
    Object.entries(ALLOWED_CALLS).flatMap(([name, row]) => {
      const number = row[column]
      return number === null ? [] : [[number, name] as const]
    }),
  )

describe.each([
  ['x64', 0],
  ['arm64', 1],
] as const)('the system call filter on %s', (processor, column) => {
  const allowed = numbers(column)
  const numberOf = (name: string) => ALLOWED_CALLS[name]?.[column] ?? -1

  it('allows what is on the list and nothing else', () => {
    const harmless: Record<string, number[]> = { socket: [2], socketpair: [1] }
    for (let number = 0; number < 1024; number += 1) {
      const name = allowed.get(number)
      const expected = name === undefined ? ENOSYS : ALLOW
      expect(decide(processor, number, harmless[name ?? '']), `${number} ${name}`).toBe(expected)
    }
  })

  it('decides on some calls by their arguments', () => {
    expect(decide(processor, numberOf('clone'), [0x01200011])).toBe(ALLOW)
    for (const bit of [17, 25, 26, 27, 28, 29, 30])
      expect(decide(processor, numberOf('clone'), [(1 << bit) | 17]), `bit ${bit}`).toBe(EPERM)
    expect(decide(processor, numberOf('ioctl'), [0, 0x5413])).toBe(ALLOW)
    for (const request of [0x5412, 0x541c])
      expect(decide(processor, numberOf('ioctl'), [0, request])).toBe(EPERM)
    expect(decide(processor, numberOf('personality'), [0xffffffff])).toBe(ALLOW)
    expect(decide(processor, numberOf('personality'), [8])).toBe(EPERM)
    const mapping = (flags: number) => decide(processor, numberOf('mmap'), [0, 4096, 3, flags])
    for (const shared of [0x21, 0x23, 0x20021]) expect(mapping(shared)).toBe(EPERM)
    for (const countable of [0x01, 0x02, 0x03, 0x22, 0x20022]) expect(mapping(countable)).toBe(ALLOW)
    for (let family = 0; family < 64; family += 1)
      expect(decide(processor, numberOf('socket'), [family, 3, 9])).toBe(
        [1, 2, 10].includes(family) ? ALLOW : EAFNOSUPPORT,
      )
    expect(decide(processor, numberOf('socket'), [16, 3, 0])).toBe(ALLOW)
  })

  it("ends a call by another processor's numbers", () => {
    expect(decide(processor, 1, [], 0x40000003)).toBe(KILL)
    expect(decide(processor, 0x40000000 + 39)).toBe(ENOSYS)
  })
})

it('has no list for other processors', () => {
  expect(systemCallFilter('riscv64')).toBeUndefined()
})
