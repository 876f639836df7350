// Store options
//
// Owns:   the options and help of `canopy store`.
// Leaves: the work (commands.ts).

import type { Command } from 'commander'
import { whichStoredRun } from '../which-run.ts'
import type { StoreCommandOptions, StoreCommands } from './commands.ts'

const HELP = `
A run writes a backup of its state every five minutes (canopy run --backup-every) below its data directory and keeps
the last twelve. Restoring takes the newest one that is whole, and moves what was there aside.

Checking reads every record, tries whether this program can go on with it, and steps every journal again: it must come
to what is stored. It works on a copy, and exits with 1 when something is wrong.

Encryption (AES-256-GCM) is on when the environment gives a key, in one of three ways:
  CANOPY_STORE_KEY_FILE=FILE          a key a line, 32 bytes as hex or base64; the first encrypts, the others still read
  CANOPY_STORE_KEY_COMMAND=COMMAND    the same, printed by a command
  CANOPY_STORE_KEY_TRANSIT=MOUNT/NAME a key of Vault's or OpenBao's transit engine (VAULT_ADDR, VAULT_TOKEN)
'canopy store rekey' writes the state of a run anew with the first key. Nothing may run meanwhile.

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
  command.description('look after the stored state of a run').addHelpText('after', HELP)
  described(command.command('check').description('look at all that is stored, without changing it'), false)
    .option('--backup [id]', 'look at a backup instead, also while the system runs (default: the newest)')
    .action(action((store, options) => store.check(options)))
  described(command.command('backup').description('back the state of a running system up now'), true).action(
    action((store, options) => store.backup(options)),
  )
  described(command.command('backups').description('list the backups, each read whole'), false).action(
    action((store, options) => store.backups(options)),
  )
  described(
    command.command('rekey').description('encrypt the stored state with another key, or for the first time'),
    false,
  )
    .option('--plain', 'decrypt it: keep it as plain text')
    .action(action((store, options) => store.rekey(options)))
  described(command.command('restore').description('put a backup in the place of the stored state'), false)
    .option('--from <id>', 'the backup to take (default: the newest that is whole)')
    .action(action((store, options) => store.restore(options)))
}

function described(command: Command, nats: boolean): Command {
  return whichStoredRun(command, nats).option('--json', 'print the answer as JSON')
}
