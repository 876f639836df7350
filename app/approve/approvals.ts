// Approvals
//
// Owns:   which changed files a person approved, kept in the data directory over runs.
// Leaves: which files need it (gates/), the command (cli/approve/).
//
// A1. An approval is for one path with one content. It is read when a submission is judged, so that it counts at once.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Approvals } from '../../gates/index.ts'
import { jsonOf } from '../../kernel/index.ts'
import { objectionToPath } from '../../machines/index.ts'
import { writeJsonFile } from '../../platform/index.ts'
import { systemReason, UserError } from '../errors.ts'
import { makeWritable } from '../settings/data-directory.ts'

const approvalSchema = z.strictObject({
  path: z
    .string()
    .min(1)
    .refine((path) => objectionToPath(path) === undefined),
  /** The beginning of git's name of the content, or `deleted`. */
  blob: z.string().regex(/^([0-9a-f]{7,64}|deleted)$/),
})
export type Approval = z.infer<typeof approvalSchema>

const fileSchema = z.strictObject({ approved: z.array(approvalSchema) })

const UNREADABLE = 'approvals_unreadable'

const fileIn = (dataDirectory: string): string => join(dataDirectory, 'approvals.json')

/** What people approved for the repository of this data directory. */
export function approvalsIn(dataDirectory: string): Approvals {
  return {
    async has(path, blob) {
      const approved = await readApprovals(dataDirectory)
      return approved.some((each) => each.path === path && blob.startsWith(each.blob))
    },
  }
}

export async function readApprovals(dataDirectory: string): Promise<readonly Approval[]> {
  const file = fileIn(dataDirectory)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    const wayOut = 'Make it readable for you: until then no file counts as approved.'
    throw new UserError(UNREADABLE, `${file} cannot be read: ${systemReason(error)}`, wayOut, {
      cause: error,
    })
  })
  if (text === undefined) return []
  const parsed = fileSchema.safeParse(jsonOf(text))
  if (parsed.success) return parsed.data.approved
  const wayOut = `Remove ${file}, and approve the files again.`
  throw new UserError(UNREADABLE, `${file} does not have the form that 'canopy approve' writes`, wayOut)
}

/** Approves these, each `PATH@BLOB`; resolves with all approvals. */
export async function addApprovals(
  dataDirectory: string,
  written: readonly string[],
): Promise<readonly Approval[]> {
  const named = written.map(approvalFrom)
  const before = await readApprovals(dataDirectory)
  const all = [...before, ...named]
  const after = all.filter((each, at) => all.findIndex((other) => isSame(each, other)) === at)
  await writeApprovals(dataDirectory, after)
  return after
}

/** Takes these back, each `PATH@BLOB`; resolves with those that are left. Fails when one was not approved. */
export async function removeApprovals(
  dataDirectory: string,
  written: readonly string[],
): Promise<readonly Approval[]> {
  const named = written.map(approvalFrom)
  const before = await readApprovals(dataDirectory)
  const missing = named.find((each) => !before.some((other) => isSame(each, other)))
  if (missing) {
    const wayOut = "'canopy approve' without a path lists the approvals."
    throw new UserError('bad_argument', `${missing.path}@${missing.blob} was not approved`, wayOut)
  }
  const after = before.filter((each) => !named.some((other) => isSame(each, other)))
  await writeApprovals(dataDirectory, after)
  return after
}

function isSame(one: Approval, other: Approval): boolean {
  return one.path === other.path && one.blob === other.blob
}

async function writeApprovals(dataDirectory: string, approved: readonly Approval[]): Promise<void> {
  await makeWritable(dataDirectory)
  await writeJsonFile(fileIn(dataDirectory), { approved }, { mode: 0o600 })
}

/** `PATH@BLOB` as a refused submission names it. */
function approvalFrom(written: string): Approval {
  const at = written.lastIndexOf('@')
  const parsed = approvalSchema.safeParse({
    path: written.slice(0, Math.max(at, 0)),
    blob: written.slice(at + 1),
  })
  if (parsed.success) return parsed.data
  throw new UserError(
    'bad_argument',
    `${JSON.stringify(written)} is not an approval; expected PATH@BLOB, with the path from the repository's top folder`,
    "Copy it from the reason of the rejection: canopy approve '.github/workflows/ci.yml@3f2a9c04d1be'",
  )
}
