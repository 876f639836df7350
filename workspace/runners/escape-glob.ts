// Escape glob
//
// Owns:   naming one file where a pattern is expected, also a file called `[id].ts`.

export function escapeGlob(path: string): string {
  return path.replace(/[[\](){}!*?+@]/g, '\\$&')
}
