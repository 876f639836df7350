// Python
//
// The survey of a Python repository: its environment, and its tests, linter and type check by the lines that its own
// files ask for.
// Leaves: finding them (workspace/python/), trying the tests (by-command.ts).

import { join } from 'node:path'
import { jsonOf } from '../../kernel/index.ts'
import type { CommandSettings, Survey } from '../../machines/index.ts'
import { runCheck, shell } from '../commands/run-command.ts'
import type { WorkspaceParts } from '../parts.ts'
import { isPython, pythonCommands, READ_FILES, runnerIn, sourceFolders } from '../python/commands.ts'
import { type PythonEnvironment, pythonEnvironments } from '../python/environment.ts'
import { makeProgramsFolder } from '../python/programs-folder.ts'
import { testPlan } from '../runners/test-plan.ts'
import { withWorktree } from '../worktree.ts'
import { findByCommand } from './by-command.ts'
import { Refusal } from './refusal.ts'

interface PythonOrder {
  readonly head: string
  readonly tracked: readonly string[]
  readonly signal?: AbortSignal | undefined
}

/** Undefined for a repository whose tests are not in Python, or are started by `npm test`. */
export async function findPython(parts: WorkspaceParts, order: PythonOrder): Promise<Survey | undefined> {
  const { head, tracked, signal } = order
  if (!isPython(tracked) || (await hasNpmTest(parts, order))) return undefined
  const files = { tracked, texts: await textsOf(parts, order) }
  const runner = runnerIn(files)
  const environments = await pythonEnvironments(parts, tracked, signal)
  const environment = environments.find(
    ({ packages }) => runner === 'unittest' || packages[runner] !== undefined,
  )
  if (environment === undefined) throw withoutEnvironment(parts, environments)
  const { version, program } = environment
  parts.log(`the tests run under ${runner} with Python ${version}`, { program })
  const dependencies = await makeProgramsFolder(parts.places, environment, sourceFolders(tracked))
  const wanted = { ...pythonCommands(files, environment), ...parts.commands }
  const commands = await withPassingTypes(parts, { head, dependencies, commands: wanted, signal })
  const python = { program, version, runner }
  return findByCommand({ ...parts, commands }, { ...order, dependencies, isFound: true, python })
}

async function hasNpmTest({ clone }: WorkspaceParts, { head, tracked }: PythonOrder): Promise<boolean> {
  if (!tracked.includes('package.json')) return false
  const manifest = jsonOf(await clone.git(['show', `${head}:package.json`]))
  if (typeof manifest !== 'object' || manifest === null) return false
  return testPlan(manifest).tests.length > 0
}

async function textsOf(
  { clone }: WorkspaceParts,
  { head, tracked }: PythonOrder,
): Promise<Record<string, string>> {
  const there = READ_FILES.filter((name) => tracked.includes(name))
  const texts = await Promise.all(there.map((name) => clone.git(['show', `${head}:${name}`])))
  return Object.fromEntries(there.map((name, at) => [name, texts[at] ?? '']))
}

function withoutEnvironment(
  { repository }: WorkspaceParts,
  environments: readonly PythonEnvironment[],
): Refusal {
  const seen = environments.map(({ program, version }) => `${program} (${version})`).join(', ')
  const what = seen === '' ? 'No Python was found' : `None of these has pytest: ${seen}`
  const place = join(repository, '.venv')
  const wayOut = `Make one: python3 -m venv ${place}, then install the repository's packages and pytest with ${place}/bin/pip`
  return new Refusal('no_runner', `The tests of ${repository} run under pytest. ${what}. ${wayOut}.`)
}

interface TypesOrder {
  readonly head: string
  readonly dependencies: string
  readonly commands: CommandSettings
  readonly signal: AbortSignal | undefined
}

/** Without a type check that fails at HEAD: every change would be refused for it. The user's own line stays. */
async function withPassingTypes(
  parts: WorkspaceParts,
  { head, dependencies, commands, signal }: TypesOrder,
): Promise<CommandSettings> {
  const { types, ...others } = commands
  if (types === undefined || types === parts.commands?.types) return commands
  const order = { name: 'survey-types', commit: head, dependencies, signal }
  const checked = await withWorktree(parts, order, ({ path: root }) =>
    runCheck(parts, { survey: { dependencies }, root, argv: shell(types), signal }),
  )
  if (checked.kind === 'ended' && checked.code === 0) return commands
  parts.log('the type check does not pass at HEAD, and is left out', { types })
  return others
}
