// Approve command
//
// Owns:   what `canopy approve` prints: the approvals, after some were added or taken back.
// Leaves: the approvals (app/approve/).

import {
  type Approval,
  addApprovals,
  dataDirectoryOf,
  readApprovals,
  removeApprovals,
  type WhichRun,
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
  const dataDirectory = dataDirectoryOf(options, terminal)
  const change = options.revoke ? removeApprovals : addApprovals
  const approved =
    written.length > 0 ? await change(dataDirectory, written) : await readApprovals(dataDirectory)
  terminal.screen.write(`${options.json ? JSON.stringify({ approved }) : listText(approved)}\n`)
  return exitCodes.reached
}

function listText(approved: readonly Approval[]): string {
  if (approved.length === 0) return 'no approvals'
  return ['approved:', ...approved.map(({ path, blob }) => `  ${path}@${blob}`)].join('\n')
}
