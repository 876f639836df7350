// Audit options
//
// Owns:   the options and help of `canopy audit`.
// Leaves: the work (commands.ts).

import type { Command } from 'commander'
import { whichRun } from '../which-run.ts'
import type { AuditOptions } from './commands.ts'

const HELP = `
The audit log holds every request that changed something or was refused, every request of a node, and mail that its
sender may not send: who (whose credential it was), what, when and the answer. It is in the run's data directory, only
for its owner, and nothing is removed from it. Each entry holds the hash of the one before it, and the store knows the
last one: 'canopy audit verify' finds any change, removal, reordering or cut and ends with exit code 1.

Examples:
  canopy audit --repo ~/my-library
  canopy audit verify --repo ~/my-library
  canopy audit verify --repo ~/my-library --nats tls://10.0.0.5:4222 --creds operator.creds   # while such a run works
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
  described(command.description('list who asked a run for what'))
    .addHelpText('after', HELP)
    .action((_options, own: Command) => answer(commands.audit(own.optsWithGlobals())))
  described(command.command('verify').description('find what was tampered with in the audit log')).action(
    (_options, own: Command) => answer(commands.verifyAudit(own.optsWithGlobals())),
  )
}

function described(command: Command): Command {
  return whichRun(command).option('--json', 'print the answer as JSON')
}
