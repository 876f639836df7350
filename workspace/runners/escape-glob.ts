// Escape glob
//
// Escapes a file name, such as `[id].ts`, where a pattern is expected.

export function escapeGlob(path: string): string {
  return path.replace(/[[\](){}!*?+@]/g, '\\$&')
}
