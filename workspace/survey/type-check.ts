// Type check
//
// Owns:   finding a type check that passes today, so that a later failure means something.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Survey } from '../../machines/index.ts'
import type { Parts } from '../parts.ts'
import { runTypeCheck } from '../type-check.ts'

export interface TypeCheckOrder extends Pick<Survey, 'dependencies'> {
  readonly root: string
  readonly tracked: readonly string[]
  readonly signal?: AbortSignal | undefined
}

/** Arguments for Node, relative to the worktree; undefined when there is no check, or none that passes. */
export async function findTypeCheck(parts: Parts, order: TypeCheckOrder): Promise<string[] | undefined> {
  const compiler = 'node_modules/typescript/bin/tsc'
  if (!order.tracked.includes('tsconfig.json') || !existsSync(join(order.root, compiler))) return undefined
  const types = [compiler, '--noEmit', '-p', 'tsconfig.json']
  const result = await runTypeCheck(parts, { ...order, types })
  if (result.kind === 'passed') return types
  parts.log('the type check does not pass at HEAD and is left out', { findings: result.findings.slice(0, 3) })
  return undefined
}
