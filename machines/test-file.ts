// Test file
//
// The names of new test files: made for a module, and recognised.
//
// A name has only letters, digits, `_`, `.` and `-`, whatever the module is called: file names of web frameworks, such as
// `[slug].js`, are patterns to runners.

/** The test file for a module: the first for `src/date/parse.ts` is `date-parse`, the second `date-parse-2`. */
export function testFileFor(pattern: string, module: string, number = 1): string {
  const name = nameOf(module)
  return fillPattern(pattern, number === 1 ? name : `${name}-${number}`)
}

export function fillPattern(pattern: string, name: string): string {
  return pattern.replace('{name}', () => name)
}

/** The text for `{name}` in a path of this pattern; undefined when the path does not match. */
export function testNameIn(pattern: string, path: string): string | undefined {
  const [before = '', after = ''] = pattern.split('{name}')
  const fits = path.startsWith(before) && path.endsWith(after) && path.length > before.length + after.length
  if (!fits) return undefined
  const name = path.slice(before.length, path.length - after.length)
  return /^[\w.-]+$/.test(name) ? name : undefined
}

/** `routes/[slug].js` is `routes-slug-` and a hash, so that it differs from `routes/slug.js`. */
function nameOf(module: string): string {
  const name = module
    .replace(/^(src|source|lib)\//, '')
    .replace(/\.[cm]?[jt]sx?$/, '')
    .replaceAll('/', '-')
  const plain = name.replace(/[^\w.-]+/g, '')
  if (plain === name && plain !== '') return plain
  return `${plain || 'module'}-${hash(module)}`
}

/** FNV-1a in base 36. */
function hash(text: string): string {
  let value = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193)
  return (value >>> 0).toString(36)
}
