// Commands
//
// The key `commands` in `canopy.yaml`: how a repository is checked when its language or tools are not detected.

import { z } from 'zod'
import { pathSchema } from './plain-path.ts'

const line = z.string().min(1)

const testsSchema = z.strictObject({
  /** Shell command; exit status 0 means that every test passes. */
  run: line,
  /** The same for some files: `{files}` is replaced by their paths. Without it, all tests run every time. */
  some: line.includes('{files}', { message: 'needs {files}, where the test files go' }).optional(),
  /** Coverage report that the command writes: lcov, or istanbul's JSON. */
  coverage: pathSchema.optional(),
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
})
export type CommandSettings = z.infer<typeof commandsSchema>
