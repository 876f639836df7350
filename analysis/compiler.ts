// Compiler
//
// Owns:   the TypeScript compiler for Canopy's own use, loaded at its first use.
//
// R1. Loading it takes 0.2 s and 60 MB: importing this room alone does not load it.

import { createRequire } from 'node:module'
import type TypeScript from 'typescript-analysis'

const load = createRequire(import.meta.url)
let loaded: typeof TypeScript | undefined

export function compiler(): typeof TypeScript {
  loaded ??= load('typescript-analysis') as typeof TypeScript
  return loaded
}
