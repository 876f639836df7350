// By command
//
// The survey of a repository that names its own test command: any language, with or without packages.
//
// The command is tried: tests that do not pass at HEAD are refused as in every other survey.

import { join } from 'node:path'
import { jsonOf } from '../../kernel/index.ts'
import type { Survey } from '../../machines/index.ts'
import { withBroughtFiles } from '../bring/bring-folder.ts'
import { provideDependencies } from '../dependencies.ts'
import { makeFolder } from '../durable-file.ts'
import type { WorkspaceParts } from '../parts.ts'
import { measureBaseline } from './baseline.ts'
import { findNode } from './find-node.ts'
import { modulesOfCommand } from './modules.ts'
import { installFilesAt, packageManagerOf } from './package.ts'
import { Refusal } from './refusal.ts'
import type { NodeManifest } from './wanted-node.ts'

interface SurveyRequest {
  readonly head: string
  readonly tracked: readonly string[]
  readonly signal?: AbortSignal | undefined
  /** The folder of packages and programs, where it is known already. */
  readonly dependencies?: string
  /** The Python that runs the tests, where it was found. */
  readonly python?: Survey['python']
  /** The commands were found and are not the user's: a missing report is no mistake of theirs. */
  readonly isFound?: boolean
}

export async function findByCommand(
  parts: WorkspaceParts,
  { head, tracked, signal, isFound, python, ...given }: SurveyRequest,
): Promise<Survey> {
  const { commands, repository } = parts
  const modules = modulesOfCommand(tracked)
  const packageManager = packageManagerOf({}, tracked)
  const installed = given.dependencies ?? (await packagesOf(parts, { head, tracked, signal }))
  const dependencies = await withBroughtFiles(parts, installed)
  const runner = 'command' as const
  const manifest = await manifestAt(parts, head, tracked)
  const node = await findNode(parts, { head, tracked, manifest, runner, dependencies, isStripping: false })
  const own = { ...(node && { node }), ...(python && { python }) }
  const found = { head, modules, runner, packageManager, dependencies, commands, ...own }
  const { measurement } = await measureBaseline(parts, found, signal)
  const measured = measurement.modules.filter((module) => module.statements.total > 0)
  if (measured.length === 0 && commands?.tests?.coverage !== undefined && isFound !== true)
    throw nothingMeasured(commands.tests.coverage)
  const testPattern = commands?.tests?.pattern ?? 'tests/{name}.canopy'
  return {
    ...found,
    repository,
    modules: measured.map(({ path }) => path),
    measurement: { ...measurement, modules: measured },
    testPattern,
  }
}

/** Empty where there is none that can be read. */
async function manifestAt(
  { clone }: WorkspaceParts,
  head: string,
  tracked: readonly string[],
): Promise<NodeManifest> {
  const text = tracked.includes('package.json') ? await clone.git(['show', `${head}:package.json`]) : '{}'
  const manifest = jsonOf(text)
  return typeof manifest === 'object' && manifest !== null ? manifest : {}
}

function nothingMeasured(coverage: string): Refusal {
  return new Refusal(
    'nothing_to_test',
    `commands.tests.coverage is ${coverage}, and the tests leave no file there that tells of a source of the repository. It is to be lcov or istanbul's JSON.`,
  )
}

/** The installed npm packages; an empty folder for a repository without any. */
async function packagesOf(parts: WorkspaceParts, { head, tracked, signal }: SurveyRequest): Promise<string> {
  if (!tracked.includes('package.json')) {
    const none = join(parts.places.dependencies, 'none', 'node_modules')
    await makeFolder(none)
    return none
  }
  const files = await installFilesAt(parts, head, tracked)
  const packageManager = packageManagerOf({}, tracked)
  const order = { runner: 'command' as const, packageManager, files, tracked, signal }
  return provideDependencies({ ...parts, cache: parts.places.dependencies, ...order })
}
