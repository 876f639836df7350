// Commands
//
// The key `commands` in `canopy.yaml`: how a repository is checked when its language or tools are not detected.

import { z } from 'zod'
import { pathSchema } from './plain-path.ts'

const line = z.string().min(1)

/** The variable of a run of the tests: an empty folder for reports, outside the worktree. */
export const REPORTS_VARIABLE = 'CANOPY_OUT'
const IN_REPORTS = `$${REPORTS_VARIABLE}/`

/** A path in the worktree, or `$CANOPY_OUT/NAME`: a file in the folder for reports. */
const reportSchema = z.string().superRefine((path, context) => {
  const { error } = pathSchema.safeParse(path.startsWith(IN_REPORTS) ? path.slice(IN_REPORTS.length) : path)
  for (const { message } of error?.issues ?? []) context.addIssue({ code: 'custom', message })
})

/** The name of a report in the folder for reports; undefined for one in the worktree. */
export function nameInReports(path: string): string | undefined {
  return path.startsWith(IN_REPORTS) ? path.slice(IN_REPORTS.length) : undefined
}

/** A path, a folder that ends with `/`, or a pattern with `*`, `**` and `?`. */
const bringSchema = z.string().superRefine((entry, context) => {
  const { error } = pathSchema.safeParse(entry.replace(/\/$/, '').replaceAll(/[*?]/g, 'x'))
  for (const { message } of error?.issues ?? []) context.addIssue({ code: 'custom', message })
})

const testsSchema = z.strictObject({
  /** Shell command; exit status 0 means that every test passes. */
  run: line,
  /** The same for some files: `{files}` is replaced by their paths. Without it, all tests run every time. */
  some: line.includes('{files}', { message: 'needs {files}, where the test files go' }).optional(),
  /** Coverage report that the command writes: lcov, or istanbul's JSON. */
  coverage: reportSchema.optional(),
  /** Report of each test that the command writes, in JUnit's form. */
  results: reportSchema.optional(),
  /** Path pattern of new test files, e.g. `tests/test_{name}.py`. */
  pattern: pathSchema.includes('{name}', { message: 'needs {name}, where the module goes' }).optional(),
})

export const commandsSchema = z.strictObject({
  tests: z
    .union([line.transform((run): z.infer<typeof testsSchema> => ({ run })), testsSchema], {
      error: 'a command, or { run: make test, coverage: lcov.info }; `some` needs {files}, `pattern` {name}',
    })
    .optional(),
  types: line.optional(),
  lint: line.optional(),
  /** Files of the checkout that git ignores and the tests need; each worktree gets a copy. */
  bring: z.array(bringSchema).min(1).max(100).optional(),
})
export type CommandSettings = z.infer<typeof commandsSchema>
