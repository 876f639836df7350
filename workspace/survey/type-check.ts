// Type check
//
// Finds a type check that passes now and includes tests, so that a later failure means something.

import { join } from 'node:path'
import type { Survey } from '../../machines/index.ts'
import type { WorkspaceParts } from '../parts.ts'
import { hasInstalled } from '../runners/installed-package.ts'
import { BUILD_INFO, keepBuildInfo, runTypeCheck } from '../type-check.ts'
import { isTestFile } from './modules.ts'

export interface TypeCheckOrder extends Pick<Survey, 'dependencies' | 'head'> {
  readonly root: string
  readonly tracked: readonly string[]
  readonly signal?: AbortSignal | undefined
}

const INSTALLED_COMPILER = 'typescript/bin/tsc'
const COMPILER = `node_modules/${INSTALLED_COMPILER}`

/** Arguments for Node, relative to the worktree; undefined when there is no such check. */
export async function findTypeCheck(
  parts: WorkspaceParts,
  order: TypeCheckOrder,
): Promise<string[] | undefined> {
  if (!order.tracked.includes('tsconfig.json') || !(await hasInstalled(order, INSTALLED_COMPILER)))
    return undefined
  const types = [
    COMPILER,
    '--noEmit',
    '-p',
    'tsconfig.json',
    '--incremental',
    '--tsBuildInfoFile',
    BUILD_INFO,
  ]
  const result = await runTypeCheck(parts, { ...order, types: [...types, '--listFiles'] })
  if (result.kind === 'failed') {
    parts.log('the type check does not pass at HEAD and is left out', {
      findings: result.findings.slice(0, 3),
    })
    return undefined
  }
  const looked = new Set(result.lines)
  // New tests cannot break a check that includes no tests.
  if (!order.tracked.some((path) => isTestFile(path) && looked.has(join(order.root, path)))) return undefined
  await keepBuildInfo(parts, order)
  return types
}
