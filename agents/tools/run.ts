// Run
//
// The tool that runs the repository's own tests, type check and linter, or a shell, in the sandbox.
// Leaves: finding these commands (commands/, machines/commands.ts), running and reading tests (suite.ts), the type
//         check (type-check.ts), the sandbox (sandbox/).
//
// Commands see no network and no secret, and write to the worktree only. A timeout is a result. No command line is
// concatenated here: a model's text is one argument of a shell inside the sandbox.

import { z } from 'zod'
import type { Survey } from '../../machines/index.ts'
import {
  exitOf,
  FileRefused,
  inWorktree,
  keptSurvey,
  kindInside,
  lintersIn,
  nodeReadable,
  plainPath,
  readableWith,
  runCheck,
  runSuite,
  runTypeCheck,
  type SuiteOutcome,
  shell,
  toolEnvironment,
} from '../../workspace/index.ts'
import { elide } from './elide.ts'
import { defineTool, failure, success, type ToolContext, type ToolOutcome } from './tool.ts'

const schema = z.strictObject({
  command: z.enum(['tests', 'types', 'lint', 'shell']),
  files: z.array(z.string().min(1)).max(100).optional().describe('For tests and lint: only these files'),
  script: z.string().min(1).max(20_000).optional().describe('For shell: the script'),
  seconds: z
    .int()
    .min(1)
    .max(900)
    .optional()
    .describe('Longest time; 300 for tests, 120 for shell if absent'),
})
type RunToolInput = z.infer<typeof schema>
type Signal = AbortSignal | undefined

export const run = defineTool({
  name: 'run',
  effect: 'once',
  description:
    "Runs something in the worktree: tests (the repository's test runner, all or only some files), types (its type check), lint (its linter) or shell (a script). There is no network and no git; only the worktree can be written to, and no process stays when the command has ended.",
  input: schema,
  async use(context, input, signal) {
    switch (input.command) {
      case 'tests':
        return runTests(context, input, signal)
      case 'types':
        return runTypes(context, signal)
      case 'lint':
        return runLint(context, input, signal)
      case 'shell':
        return runShell(context, input, signal)
      default:
        return input.command satisfies never
    }
  },
})

async function runTests(
  context: ToolContext,
  { files = [], seconds = 300 }: RunToolInput,
  signal: Signal,
): Promise<ToolOutcome> {
  const paths = await filesThere(context, files)
  const { runner, dependencies, commands, node, setup } = await keptSurvey(
    context.parts.places,
    context.survey,
  )
  const outcome = await runSuite(context.parts.sandbox, context.parts.places, {
    runner,
    dependencies,
    commands,
    node,
    setup,
    root: context.root,
    ...(paths.length === 0 ? {} : { files: paths }),
    timeoutMs: seconds * 1000,
    signal,
  })
  return told(outcome)
}

async function filesThere(context: ToolContext, files: readonly string[]): Promise<string[]> {
  const paths = files.map((file) => plainPath(context.root, file))
  for (const path of paths) {
    const { kind } = await kindInside(context.root, path)
    if (kind !== 'file') throw new FileRefused(`There is no file ${path}; nothing was run.`)
  }
  return paths
}

function told(outcome: SuiteOutcome): ToolOutcome {
  if (outcome.kind === 'broken') return failure(`The tests could not be run: ${elide(outcome.reason)}`)
  const { report, ms } = outcome
  const counts = `${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped, in ${(ms / 1000).toFixed(1)} s`
  if (report.success) return success(`The tests pass: ${counts}.`)
  const failures = report.failures.map(
    ({ file, name, message }) => `${file} > ${name}\n${elide(message, 1000)}`,
  )
  const errors = failures.length === 0 ? ['An error outside all tests.'] : failures
  return failure(elide(`The tests fail: ${counts}.\n\n${errors.join('\n\n')}`))
}

async function runTypes(context: ToolContext, signal: Signal): Promise<ToolOutcome> {
  const { types, ...survey } = await keptSurvey(context.parts.places, context.survey)
  const line = survey.commands?.types
  if (line !== undefined) return runLine(context, { what: 'type check', argv: shell(line), survey, signal })
  if (types === undefined) return failure('The repository has no type check that passed at the start.')
  const result = await runTypeCheck(context.parts, { ...survey, root: context.root, types, signal })
  if (result.kind === 'passed') return success('The type check passes.')
  return failure(elide(`The type check fails:\n${result.findings.join('\n')}`))
}

async function runLint(
  context: ToolContext,
  { files = [] }: RunToolInput,
  signal: Signal,
): Promise<ToolOutcome> {
  const paths = await filesThere(context, files)
  const survey = await keptSurvey(context.parts.places, context.survey)
  const line = survey.commands?.lint
  if (line !== undefined) return runLine(context, { what: 'linter', argv: shell(line), survey, signal })
  const linters = await lintersIn({ root: context.root, dependencies: survey.dependencies })
  if (linters.length === 0) return failure('No linter is configured and installed in the repository.')
  const outcomes: ToolOutcome[] = []
  for (const { argv: words } of linters) {
    // A model reads the linter's text for people best.
    const argv = [...words.filter((word) => word !== '--format=json'), ...namesOf(paths)]
    outcomes.push(await runLine(context, { what: 'linter', argv, survey, signal }))
  }
  const said = outcomes.map(({ content }) => content).join('\n')
  return outcomes.some(({ failed }) => failed) ? failure(said) : success(said)
}

function namesOf(paths: readonly string[]): string[] {
  return paths.length === 0 ? ['.'] : paths.map((path) => `./${path}`)
}

interface RunnerLine {
  readonly what: string
  readonly argv: readonly string[]
  readonly survey: Pick<Survey, 'dependencies' | 'node'>
  readonly signal: Signal
}

async function runLine(
  context: ToolContext,
  { what, argv, survey, signal }: RunnerLine,
): Promise<ToolOutcome> {
  const checked = await runCheck(context.parts, { survey, root: context.root, argv, signal })
  if (checked.kind === 'broken') return failure(elide(`The ${what} ${checked.reason}`))
  const said = elide(`${checked.stdout}\n${checked.stderr}`.trim())
  if (checked.code === 0) return success(`The ${what} passes.${said === '' ? '' : `\n${said}`}`)
  return failure(`The ${what} fails with exit status ${checked.code}.\n${said}`)
}

/** Both streams as one, in order. */
const MERGED = ['/bin/sh', '-c', 'exec 2>&1; exec "$@"', 'sh']
/** Programs that would wait for a keypress. */
const NOBODY_READS = { PAGER: 'cat', GIT_PAGER: 'cat', MANPAGER: 'cat', LESS: '-R', TQDM_DISABLE: '1' }

async function runShell(
  context: ToolContext,
  { script, seconds = 120 }: RunToolInput,
  signal: Signal,
): Promise<ToolOutcome> {
  if (script === undefined) return failure('shell needs a script; nothing was run.')
  const { dependencies, node } = await keptSurvey(context.parts.places, context.survey)
  const ending = await context.parts.sandbox.run({
    argv: [...MERGED, '/bin/sh', '-c', script],
    ...inWorktree(context.parts.places, context.root),
    readable: [
      ...(await readableWith(context.parts.places, dependencies)),
      ...nodeReadable(node),
      ...context.readable,
    ],
    env: { ...toolEnvironment(context.root, node), ...NOBODY_READS },
    timeoutMs: seconds * 1000,
    outputBytes: 256 * 1024,
    signal,
  })
  const exited = exitOf(ending)
  if (typeof exited === 'string') return failure(elide(`The script ${exited}`))
  const output = elide(exited.stdout).trimEnd()
  const what = exited.code === 0 ? 'The script exited with 0.' : `The script exited with ${exited.code}.`
  return {
    content: output === '' ? `${what} It printed nothing.` : `${what}\n${output}`,
    failed: exited.code !== 0,
  }
}
