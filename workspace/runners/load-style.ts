// Load style
//
// How a new file of a package loads others, as Node decides it: by its ending, else by the package's `type`.

import type { LoadStyle } from './runner.ts'

/** TypeScript is taken for modules: compilers turn `import` into whatever is needed. */
export function loadStyleOf(path: string, { type }: { readonly type?: string | undefined }): LoadStyle {
  if (/\.cjs$/.test(path)) return 'require'
  return /\.jsx?$/.test(path) && type !== 'module' ? 'require' : 'import'
}
