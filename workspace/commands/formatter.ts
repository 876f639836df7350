// Formatter
//
// A program that formats a text from stdin to stdout.
// Leaves: finding one (formatters.ts, python-formatters.ts, fixers.ts), running it (../format.ts).

export interface Formatter {
  readonly name: 'prettier' | 'biome' | 'eslint' | 'xo' | 'standard' | 'ruff' | 'black'
  /** Reads a text from stdin and prints it formatted. */
  readonly argvFor: (path: string) => string[]
  readonly files: RegExp
  /** The formatted text by its output; undefined when it failed. */
  readonly read: (output: ToolOutput, text: string) => string | undefined
}

export interface ToolOutput {
  readonly code: number
  readonly stdout: string
}
