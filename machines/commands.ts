// Commands
//
// Owns:   how a repository says by itself how it is checked, in `canopy.yaml` under `commands`: for languages and tools
//         that are not found out.

import { z } from 'zod'
import { pathSchema } from './plain-path.ts'

const line = z.string().min(1)

const testsSchema = z.strictObject({
  /** For a shell; ends with 0 when every test passes. */
  run: line,
  /** The same for some files, which stand where `{files}` is; absent: always all. */
  some: line.includes('{files}', { message: 'needs {files}, where the test files go' }).optional(),
  /** The file it leaves that tells what was reached: lcov, or istanbul's JSON. */
  coverage: pathSchema.optional(),
  /** How new test files are called, e.g. `tests/test_{name}.py`. */
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
export type Commands = z.infer<typeof commandsSchema>
