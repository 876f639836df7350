// Approve command
//
// Owns:   `canopy approve`: approving a finding, taking an approval back, listing approvals.

import {
  type Approval,
  approvalFrom,
  dataDirectoryOf,
  makeWritable,
  readApprovals,
  UserError,
  type WhichRun,
  writeApprovals,
} from '../../app/index.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Terminal } from '../terminal.ts'

export interface ApproveOptions extends WhichRun {
  readonly json?: boolean
  readonly revoke?: boolean
}

export async function approve(
  written: readonly string[],
  options: ApproveOptions,
  terminal: Terminal,
): Promise<number> {
  const named = written.map(approvalFrom)
  const dataDirectory = dataDirectoryOf(options, terminal)
  const before = await readApprovals(dataDirectory)
  const after = options.revoke ? without(before, named) : together(before, named)
  if (named.length > 0) {
    await makeWritable(dataDirectory)
    await writeApprovals(dataDirectory, after)
  }
  terminal.screen.write(`${options.json ? JSON.stringify({ approved: after }) : listText(after)}\n`)
  return exitCodes.reached
}

function without(before: readonly Approval[], named: readonly Approval[]): readonly Approval[] {
  const missing = named.find((each) => !before.some((other) => isSame(each, other)))
  if (missing) {
    const wayOut = "'canopy approve' without a path lists what is approved."
    throw new UserError('bad_argument', `${missing.path}@${missing.blob} was not approved`, wayOut)
  }
  return before.filter((each) => !named.some((other) => isSame(each, other)))
}

function together(before: readonly Approval[], named: readonly Approval[]): readonly Approval[] {
  return [...before, ...named.filter((each) => !before.some((other) => isSame(each, other)))]
}

function isSame(one: Approval, other: Approval): boolean {
  return one.path === other.path && one.blob === other.blob
}

function listText(approved: readonly Approval[]): string {
  if (approved.length === 0) return 'nothing is approved'
  return ['approved:', ...approved.map(({ path, blob }) => `  ${path}@${blob}`)].join('\n')
}
