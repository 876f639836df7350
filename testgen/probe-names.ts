// Probe names
//
// Owns:   the names of the probes in a probed module: instrument.ts writes them, inside/module-scope.ts passes them in.

export const probeNames = [
  '$$count',
  '$$tick',
  '$$compare',
  '$$choose',
  '$$invoke',
  '$$lookup',
  '$$raised',
  '$$meta',
] as const
