// Test name
//
// Reads and fills the pattern of new test files.

/** The text for `{name}` in a path of this pattern; undefined when the path does not match. */
export function testNameIn(pattern: string, path: string): string | undefined {
  const [before = '', after = ''] = pattern.split('{name}')
  const fits = path.startsWith(before) && path.endsWith(after) && path.length > before.length + after.length
  if (!fits) return undefined
  const name = path.slice(before.length, path.length - after.length)
  return /^[\w.-]+$/.test(name) ? name : undefined
}

export function fillPattern(pattern: string, name: string): string {
  return pattern.replace('{name}', name)
}
