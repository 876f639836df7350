// Work bundle
//
// Owns:   bringing a submission back from a clone elsewhere, in a git bundle.
//
// K1. What comes is data of a stranger: its objects are checked as git checks what it receives, it goes to a ref of
//     its own, and the gates judge it like any other.

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { makeFolder } from '../durable-file.ts'
import type { Parts } from '../parts.ts'
import { submissionRef } from '../submit.ts'
import { WorkspaceError } from '../workspace-error.ts'

export interface WorkOrder {
  readonly milestone: string
  readonly task: string
  readonly commit: string
}

export async function packWork({ clone, places }: Parts, order: WorkOrder): Promise<string> {
  const ref = submissionRef(order)
  const tip = await clone.resolve(ref)
  if (tip !== order.commit)
    throw new WorkspaceError('not_submitted', `${order.commit} is not what ${order.task} submitted`)
  await makeFolder(places.scratch)
  const file = join(places.scratch, `work-${randomUUID()}.bundle`)
  await clone.git(['bundle', 'create', '--quiet', file, ref, `^${order.commit}^`])
  return file
}

export async function takeWork(
  { clone }: Parts,
  { file, ...order }: WorkOrder & { file: string },
): Promise<void> {
  if ((await clone.resolve(order.commit)) !== undefined) return
  const ref = submissionRef(order)
  const checked = [
    '-c',
    'transfer.fsckObjects=true',
    'fetch',
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
  ]
  await clone.git([...checked, '--no-recurse-submodules', '--force', file, `${ref}:${ref}`])
  const came = await clone.resolve(ref)
  if (came === order.commit) return
  throw new WorkspaceError('other_commit', `${order.task} submitted ${order.commit}, but ${came} came`)
}
