// Compiler
//
// Owns:   the TypeScript compiler for what is asked inside Canopy itself, loaded when it is first needed.
//
// R1. Loading it takes a fifth of a second and 60 MB: whoever only imports this room does not pay for it.

import { createRequire } from 'node:module'
import type TypeScript from 'typescript-analysis'

const load = createRequire(import.meta.url)
let loaded: typeof TypeScript | undefined

export function compiler(): typeof TypeScript {
  loaded ??= load('typescript-analysis') as typeof TypeScript
  return loaded
}
