// Descriptors
//
// Owns:   the description of a module by its text: the shapes of its parameters and results, its exports,
//         its literals. Plain values that can be sent to another Node process.
// Leaves: finding them out (analyse/), making inputs from them (generate.ts).

export type Descriptor =
  | { readonly kind: 'any' }
  | { readonly kind: 'primitive'; readonly of: PrimitiveName }
  /** `path`: the member of an exported enum that has this value. */
  | { readonly kind: 'literal'; readonly value: string | number | boolean; readonly path?: readonly string[] }
  /** A template literal type: texts and descriptors in turn. */
  | { readonly kind: 'pattern'; readonly parts: readonly (string | Descriptor)[] }
  | { readonly kind: 'union'; readonly of: readonly Descriptor[] }
  | { readonly kind: 'array'; readonly of: Descriptor }
  | { readonly kind: 'tuple'; readonly of: readonly Descriptor[]; readonly rest?: Descriptor }
  | { readonly kind: 'object'; readonly fields: readonly Field[]; readonly values?: Descriptor }
  /** `fields`: its own properties, as `debounced.cancel`. */
  | { readonly kind: 'function'; readonly signature: Signature; readonly fields?: readonly Field[] }
  /** An instance of a class this module exports, by its name there, or of an imported class, by its key. */
  | { readonly kind: 'instance'; readonly of: string }
  /** One of the classes every runtime has: Date, RegExp, Error, URL, Uint8Array. */
  | { readonly kind: 'builtin'; readonly name: string }
  | { readonly kind: 'map'; readonly keys: Descriptor; readonly values: Descriptor }
  | { readonly kind: 'set'; readonly of: Descriptor }
  | { readonly kind: 'promise'; readonly of: Descriptor }
  | { readonly kind: 'iterable'; readonly of: Descriptor; readonly async: boolean }
  /** A recursive type: look it up in `ModuleDescription.named`. */
  | { readonly kind: 'named'; readonly name: string }

export type PrimitiveName = 'string' | 'number' | 'boolean' | 'bigint' | 'symbol' | 'undefined' | 'null'

export interface Field {
  readonly name: string
  readonly type: Descriptor
  readonly optional: boolean
}

export interface Parameter {
  readonly name: string
  readonly type: Descriptor
  readonly optional: boolean
  readonly rest: boolean
}

export interface Signature {
  readonly parameters: readonly Parameter[]
  readonly returns: Descriptor
}

/** A member of a class or of an exported object. */
export interface MemberDescriptor {
  readonly name: string
  /** Of a function deeper in an exported object: the fields on the way. */
  readonly within?: readonly string[]
  readonly kind: 'method' | 'property'
  readonly static: boolean
  /** Of a property: it has a setter or is not readonly. */
  readonly writable: boolean
  readonly type: Descriptor
  readonly signatures: readonly Signature[]
}

export interface ExportDescriptor {
  /** The name in the module; `default` for a default export, `module.exports` for a CommonJS function. */
  readonly name: string
  /** Its name in its own module, for a default export. */
  readonly label: string
  readonly kind: 'function' | 'class' | 'object' | 'value'
  /** Of a function: its calls; of a class: its constructors. */
  readonly signatures: readonly Signature[]
  readonly members: readonly MemberDescriptor[]
  readonly type: Descriptor
}

export interface Literals {
  /** Texts that its documentation and tests pass to it. */
  readonly examples: readonly string[]
  /** Texts of other modules that it reaches. */
  readonly distant: readonly string[]
  readonly strings: readonly string[]
  readonly numbers: readonly number[]
  readonly regexes: readonly { readonly source: string; readonly flags: string }[]
  readonly keys: readonly string[]
}

/** A class of another module of the repository. */
export interface ImportedClass {
  /** Its name in descriptors and expressions. */
  readonly key: string
  readonly label: string
  /** Its name among that module's exports. */
  readonly name: string
  /** Absolute. */
  readonly file: string
  readonly signatures: readonly Signature[]
}

/** All that is known of a module from its text. */
export interface ModuleDescription {
  readonly exports: readonly ExportDescriptor[]
  readonly named: Readonly<Record<string, Descriptor>>
  readonly literals: Literals
  readonly importedClasses: readonly ImportedClass[]
}

export const anything: Descriptor = { kind: 'any' }
