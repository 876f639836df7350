// Style
//
// Owns:   how a written test looks and is loaded, taken over from the repository: quotes, semicolons, import endings.
// Leaves: printing with it (print.ts, test-file.ts).

export interface Style {
  readonly quote: "'" | '"'
  readonly semicolons: boolean
  /** The test file is TypeScript. */
  readonly typed: boolean
  /** `require` instead of `import`. */
  readonly required: boolean
  /** How the test file names the module under test. */
  readonly specifier: string
}

/** Quotes and semicolons as the source has most of them. */
export function readMarks(source: string): Pick<Style, 'quote' | 'semicolons'> {
  const lines = source.split('\n').filter((line) => /\S/.test(line) && !/^\s*(\/\/|\*|\/\*)/.test(line))
  const ended = lines.filter((line) => /;\s*(\/\/.*)?$/.test(line)).length
  const open = lines.filter((line) => /[\w)\]'"`]\s*$/.test(line)).length
  const single = source.split("'").length
  const double = source.split('"').length
  return { quote: double > single ? '"' : "'", semicolons: ended > open / 2 }
}
