// Style
//
// Owns:   how a written test looks and is loaded, taken over from the repository: quotes, semicolons, indentation, strictness, import endings.
// Leaves: printing with it (print.ts, test-file.ts).

export interface Style {
  readonly quote: "'" | '"'
  readonly semicolons: boolean
  /** Of one level. */
  readonly indent: string
  /** A script begins with `'use strict'`. */
  readonly strict: boolean
  /** The test file is TypeScript. */
  readonly typed: boolean
  /** `require` instead of `import`. */
  readonly required: boolean
  /** How the test file names the module under test. */
  readonly specifier: string
}

/** As the source has most of them. */
export function readMarks(source: string): Pick<Style, 'quote' | 'semicolons' | 'indent' | 'strict'> {
  const lines = source.split('\n').filter((line) => /\S/.test(line) && !/^\s*(\/\/|\*|\/\*)/.test(line))
  const count = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length
  const single = source.split("'").length
  const double = source.split('"').length
  const isTabbed = count(/^\t/) > count(/^ {2}/)
  return {
    quote: double > single ? '"' : "'",
    semicolons: count(/;\s*(\/\/.*)?$/) > count(/[\w)\]'"`]\s*$/) / 2,
    strict: /^\s*['"]use strict['"]/.test(lines.find((line) => !line.startsWith('#!')) ?? ''),
    indent: isTabbed ? '\t' : count(/^ {4}\S/) > 0 && count(/^ {2}\S/) === 0 ? '    ' : '  ',
  }
}
