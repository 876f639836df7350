// Stub
//
// The text of a stub: it replaces a source module where the tests run, and exports the same names without the code. The
// exported objects are in another process (inside/connect.cjs).

import { join } from 'node:path'
import { moduleExports } from './module-exports.ts'

export const INSIDE = join(import.meta.dirname, 'inside')

const CONNECT = join(INSIDE, 'connect.cjs')
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u

/** Undefined: the module cannot be parsed. */
export function stubOf(path: string, text: string): string | undefined {
  const found = moduleExports(path, text)
  if (found === undefined || !found.names.every((name) => IDENTIFIER.test(name))) return undefined
  const connect = `(${JSON.stringify(CONNECT)}).connect(${JSON.stringify(path)})`
  if (!found.isModule) return `// @ts-nocheck\nmodule.exports = require${connect}.default\n`
  const names = found.names.filter((name) => name !== 'default')
  return [
    '// @ts-nocheck',
    "import { createRequire } from 'node:module'",
    ...found.all.map((specifier) => `export * from ${JSON.stringify(specifier)}`),
    `const _module = createRequire(import.meta.url)${connect}`,
    ...names.map((name, at) => `const _${at} = _module[${JSON.stringify(name)}]`),
    `export { ${names.map((name, at) => `_${at} as ${name}`).join(', ')} }`,
    ...(found.names.includes('default') ? ['export default _module.default'] : []),
    '',
  ].join('\n')
}
