// Guess
//
// Owns:   describing an export by its value, where the analysis did not see it, as happens in CommonJS.
// Leaves: exports with types (analyse/exported.ts).

import type { ExportDescriptor, MemberDescriptor, Signature } from '../descriptors.ts'

const any = { kind: 'any' } as const

export function guessExport(name: string, value: unknown): readonly ExportDescriptor[] {
  if (typeof value === 'function') return [guessCallable(name, value)]
  if (typeof value !== 'object' || value === null || name === 'module.exports') return []
  return [{ name, label: name, kind: 'object', signatures: [], members: methodsOf(value, true), type: any }]
}

function guessCallable(
  name: string,
  value: { readonly name: string; readonly length: number; readonly prototype?: unknown },
): ExportDescriptor {
  const { prototype } = value
  const methods = typeof prototype === 'object' && prototype !== null ? methodsOf(prototype, false) : []
  const kind = methods.length > 0 || /^class\b/.test(String(value)) ? 'class' : 'function'
  const label = name === 'module.exports' || name === 'default' ? value.name || 'default' : name
  return {
    name,
    label,
    kind,
    signatures: [guessSignature(value)],
    members: [...methods, ...methodsOf(value, true)],
    type: any,
  }
}

function guessSignature(callee: { readonly length: number }): Signature {
  const parameters = Array.from({ length: Math.max(callee.length, 1) }, (_, index) => ({
    name: `value${index}`,
    type: any,
    optional: false,
    rest: false,
  }))
  return { parameters, returns: any }
}

function methodsOf(owner: object, isStatic: boolean): readonly MemberDescriptor[] {
  return Object.entries(Object.getOwnPropertyDescriptors(owner)).flatMap(
    ([name, { value }]): readonly MemberDescriptor[] =>
      typeof value === 'function' && name !== 'constructor'
        ? [
            {
              name,
              kind: 'method',
              static: isStatic,
              writable: false,
              type: any,
              signatures: [guessSignature(value)],
            },
          ]
        : [],
  )
}
