// Audit options
//
// Owns:   the options and help of `canopy audit`.
// Leaves: the work (commands.ts).

import type { Command } from 'commander'
import { whichRun } from '../which-run.ts'
import type { AuditOptions } from './commands.ts'

const HELP = `
The audit log has every request that changed something or was refused, every request of a node, and every event that
its sender may not send. An entry has the credential, the request, the time and the answer. The log is in the run's
data directory, only its owner can read it, and no entry is ever removed. Each entry has the hash of the entry before
it, and the store has the newest hash: 'canopy audit verify' finds every change, removal and reordering; then its exit
code is 1.

Examples:
  canopy audit --repo ~/my-library
  canopy audit verify --repo ~/my-library
  canopy audit verify --repo ~/my-library --nats tls://10.0.0.5:4222 --creds operator.creds   # while that run is active
`

interface AuditCommands {
  audit(options: AuditOptions): Promise<number>
  verifyAudit(options: AuditOptions): Promise<number>
}

export function describeAudit(
  command: Command,
  commands: AuditCommands,
  answer: (code: Promise<number>) => Promise<void>,
): void {
  described(command.description('list the requests to a run, and their senders'))
    .addHelpText('after', HELP)
    .action((_options, own: Command) => answer(commands.audit(own.optsWithGlobals())))
  described(command.command('verify').description('check that no entry of the audit log was changed')).action(
    (_options, own: Command) => answer(commands.verifyAudit(own.optsWithGlobals())),
  )
}

function described(command: Command): Command {
  return whichRun(command).option('--json', 'print the answer as JSON')
}
