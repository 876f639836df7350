// Offers
//
// Owns:   the next steps that a result allows: a call of a function, calls of an object's methods, reads of its fields.
// Leaves: choosing among it (targets.ts).

import type { Descriptor, ExportDescriptor, Signature } from '../descriptors.ts'

export interface Offer {
  /** The member; none to call the result itself. */
  readonly name?: string
  readonly op: 'call' | 'get'
  readonly signature: Signature
}

/** The classes of the module, by name. */
export type Classes = ReadonlyMap<string, ExportDescriptor>

export const anySignature: Signature = {
  parameters: [{ name: 'value', type: { kind: 'any' }, optional: false, rest: false }],
  returns: { kind: 'any' },
}

export function offersOf(type: Descriptor, classes: Classes): readonly Offer[] {
  switch (type.kind) {
    case 'promise':
      return offersOf(type.of, classes)
    case 'union':
      return type.of.flatMap((one) => offersOf(one, classes))
    case 'function':
      return [{ op: 'call', signature: type.signature }, ...methodsAmong(type.fields ?? [])]
    case 'object':
      return methodsAmong(type.fields)
    case 'instance':
      return membersOf(classes.get(type.of))
    default:
      return []
  }
}

function methodsAmong(
  fields: readonly { readonly name: string; readonly type: Descriptor }[],
): readonly Offer[] {
  return fields.flatMap(({ name, type }): readonly Offer[] =>
    type.kind === 'function' ? [{ name, op: 'call', signature: type.signature }] : [],
  )
}

function membersOf(class_: ExportDescriptor | undefined): readonly Offer[] {
  const members = class_?.members.filter((member) => !member.static) ?? []
  return members.map(({ name, kind, signatures }) => ({
    name,
    op: kind === 'method' ? 'call' : 'get',
    signature: signatures[0] ?? anySignature,
  }))
}
