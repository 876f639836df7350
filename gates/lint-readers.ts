// Lint readers
//
// Reads the errors that eslint, oxlint and biome print, in old and new formats, each as `path:line: ...`; warnings are
// left out.
// Leaves: running them (lint.ts), their options (commands/detect.ts).
//
// R1. Exit status 0 means no complaint. Another status without a readable complaint is no answer: a crash, or an
//     invalid configuration.

import { relative, resolve } from 'node:path'
import { z } from 'zod'
import { jsonOf } from '../kernel/index.ts'
import { type Linter, lastWords } from '../workspace/index.ts'

export interface LinterOutput {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** The complaints, or why there is no answer (R1). */
export function complaintsIn(name: Linter['name'], root: string, output: LinterOutput): string[] | string {
  if (output.code === 0) return []
  const found = READERS[name](root, output)
  if (found.length > 0) return found
  // The linter is configured to ignore every named file.
  if (/^No files found to lint\b/m.test(output.stdout)) return []
  return `${name} exited with ${output.code} and named no file: ${lastWords(output)}`
}

type LintReader = (root: string, output: LinterOutput) => string[]

const READERS: Record<Linter['name'], LintReader> = {
  biome: (root, { stdout, stderr }) =>
    lines(`${stdout}\n${stderr}`).flatMap((line) => {
      const [, title, file = '', at, message] =
        /^::error title=([^,]*),file=([^,]*),line=(\d+),.*?::(.*)$/.exec(line) ?? []
      return title === undefined ? [] : [`${relative(root, resolve(root, file))}:${at}: ${title}: ${message}`]
    }),
  oxlint: (_root, { stdout }) => lines(stdout).filter((line) => /^.+?:\d+:\d+: .*\[Error/.test(line)),
  eslint: (root, { stdout }) => {
    const start = stdout.indexOf('[{')
    const found = eslintSchema.safeParse(start < 0 ? [] : jsonOf(stdout.slice(start))).data ?? []
    return found.flatMap(({ filePath, messages }) =>
      messages
        .filter(({ severity }) => severity === 2)
        .map(
          ({ line, ruleId, message }) =>
            `${relative(root, filePath)}:${line ?? 1}: ${ruleId ?? 'error'}: ${message}`,
        ),
    )
  },
}

const eslintSchema = z.array(
  z.object({
    filePath: z.string(),
    messages: z.array(
      z.object({
        ruleId: z.string().nullish(),
        severity: z.int(),
        line: z.int().optional(),
        message: z.string(),
      }),
    ),
  }),
)

/** The nonempty lines. */
export function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
}
