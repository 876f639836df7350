// Instructions
//
// The few instructions of classic BPF in a seccomp filter, and their bytes.
// Leaves: the decisions (filter.ts). See "Seccomp BPF" in the documentation of Linux.

/** `yes` and `no`: how many instructions a test skips. */
export interface Instruction {
  readonly code: number
  readonly yes: number
  readonly no: number
  readonly operand: number
}

const LOAD_WORD = 0x20
const JUMP_IF_EQUAL = 0x15
const JUMP_IF_AT_LEAST = 0x35
const JUMP_IF_ANY_BIT = 0x45
const RETURN = 0x06

// Offsets in struct seccomp_data of the call's number, the processor and the arguments (their low halves).
const NUMBER_AT = 0
const PROCESSOR_AT = 4
const ARGUMENTS_AT = 16

const instruction = (code: number, operand: number, yes = 0, no = 0): Instruction => ({
  code,
  yes,
  no,
  operand,
})

export const loadNumber: Instruction = instruction(LOAD_WORD, NUMBER_AT)
export const loadProcessor: Instruction = instruction(LOAD_WORD, PROCESSOR_AT)
const loadArgument = (index: number) => instruction(LOAD_WORD, ARGUMENTS_AT + 8 * index)

export const allow: Instruction = instruction(RETURN, 0x7fff0000)
export const kill: Instruction = instruction(RETURN, 0x80000000)
/** The call is not made; the program gets this error. */
export const fail = (error: number): Instruction => instruction(RETURN, 0x00050000 | error)

/** `then` when the loaded word is `value`; it must return. */
export function ifEqual(value: number, then: readonly Instruction[]): Instruction[] {
  return [instruction(JUMP_IF_EQUAL, value, 0, then.length), ...then]
}

export function ifAtLeast(value: number, then: readonly Instruction[]): Instruction[] {
  return [instruction(JUMP_IF_AT_LEAST, value, 0, then.length), ...then]
}

/** `then` when the loaded word is none of these; it must return. */
export function unlessOneOf(values: readonly number[], then: readonly Instruction[]): Instruction[] {
  const tests = values.map((value, at) =>
    instruction(JUMP_IF_EQUAL, value, values.length - 1 - at + then.length),
  )
  return [...tests, ...then]
}

export function ifArgument(index: number, values: readonly number[], then: Instruction): Instruction[] {
  return [loadArgument(index), ...values.flatMap((value) => ifEqual(value, [then]))]
}

export function unlessArgument(index: number, values: readonly number[], then: Instruction): Instruction[] {
  return [loadArgument(index), ...unlessOneOf(values, [then])]
}

export function ifArgumentHas(index: number, bits: number, then: Instruction): Instruction[] {
  return [loadArgument(index), instruction(JUMP_IF_ANY_BIT, bits, 0, 1), then]
}

export function ifArgumentHasBoth(
  index: number,
  bit: number,
  other: number,
  then: Instruction,
): Instruction[] {
  return [
    loadArgument(index),
    instruction(JUMP_IF_ANY_BIT, bit, 0, 2),
    instruction(JUMP_IF_ANY_BIT, other, 0, 1),
    then,
  ]
}

/** As the kernel reads them: struct sock_filter, little-endian on both processors. */
export function bytesOf(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8)
  for (const [at, { code, yes, no, operand }] of program.entries()) {
    bytes.writeUInt16LE(code, at * 8)
    bytes.writeUInt8(yes, at * 8 + 2)
    bytes.writeUInt8(no, at * 8 + 3)
    bytes.writeUInt32LE(operand, at * 8 + 4)
  }
  return bytes
}
