// Store options
//
// Owns:   the options and help of `canopy store`.
// Leaves: the work (commands.ts).

import type { Command } from 'commander'
import { whichStoredRun } from '../which-run.ts'
import type { StoreCommandOptions, StoreCommands } from './commands.ts'

const HELP = `
A run writes a backup of its state every 5 minutes (canopy run --backup-every) below its data directory and keeps the
last 12. 'restore' uses the newest undamaged backup, and moves the present state aside.

'check' reads every record, tests whether this version can continue from it, and replays every journal: the result
must equal the stored state. It works on a copy, and its exit code is 1 when it finds a problem.

The state is encrypted (AES-256-GCM) if the environment gives a key, in one of three ways:
  CANOPY_STORE_KEY_FILE=FILE          one key a line, 32 bytes as hex or base64; the first encrypts, all decrypt
  CANOPY_STORE_KEY_COMMAND=COMMAND    the same, printed by a command
  CANOPY_STORE_KEY_TRANSIT=MOUNT/NAME a key of Vault's or OpenBao's transit engine (VAULT_ADDR, VAULT_TOKEN)
'rekey' encrypts the whole state with the first key. Stop the run before.

Examples:
  canopy store check --repo ~/my-library
  canopy store backup --repo ~/my-library
  canopy store backups
  canopy store restore
`

interface StoreLoader {
  store(): Promise<StoreCommands>
}

export function describeStore(
  command: Command,
  commands: StoreLoader,
  answer: (code: Promise<number>) => Promise<void>,
): void {
  const action =
    (does: (store: StoreCommands, options: StoreCommandOptions) => Promise<number>) =>
    (...args: unknown[]): Promise<void> => {
      const own = args.at(-1) as Command
      return answer(commands.store().then((store) => does(store, own.opts())))
    }
  command
    .description('check, back up, restore and encrypt the stored state of a run')
    .addHelpText('after', HELP)
  described(command.command('check').description('check the whole stored state, without changing it'), false)
    .option('--backup [id]', 'check a backup instead, also while the system runs (default: the newest)')
    .action(action((store, options) => store.check(options)))
  described(command.command('backup').description('back up the state of a running system now'), true).action(
    action((store, options) => store.backup(options)),
  )
  described(command.command('backups').description('read all backups and list them'), false).action(
    action((store, options) => store.backups(options)),
  )
  described(
    command.command('rekey').description('encrypt the stored state with a new key, or for the first time'),
    false,
  )
    .option('--plain', 'decrypt the stored state')
    .action(action((store, options) => store.rekey(options)))
  described(command.command('restore').description('replace the stored state by a backup'), false)
    .option('--from <id>', 'the id of the backup (default: the newest undamaged one)')
    .action(action((store, options) => store.restore(options)))
}

function described(command: Command, nats: boolean): Command {
  return whichStoredRun(command, nats).option('--json', 'print the answer as JSON')
}
