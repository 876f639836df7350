// Keys options
//
// Owns:   the options and help of `canopy keys`.
// Leaves: the work (commands.ts).

import type { Command } from 'commander'
import type { KeysCommands, KeysOptions } from './commands.ts'

const HELP = `
Keys are for a NATS server that several machines share; a run that starts its own server needs none. One folder is for
one run at a time (--system names it), and for one server:

  canopy keys create ~/canopy-keys --node worker-1 --node worker-2
  nats-server -c ~/canopy-keys/nats-server.conf
  canopy run --repo ~/my-library --nats nats://127.0.0.1:4222 --creds ~/canopy-keys/main.creds

The server allows the holder of a file only this:
  main.creds               run: all messages of this system
  node-<name>.creds        work for the run: only the node's own messages and objects, and requests to the run
  operator[-<name>].creds  read, and send events that change a run
  viewer[-<name>].creds    read only

Give each machine its own file and no other. keyring.json can make keys: keep it. The server needs nats-server.conf
and accounts.conf, which hold no secret; for several machines it needs TLS.

'rotate' replaces the file of a key; clients use it from their next connection on, and the old key stays valid until
it expires or is revoked. A revoked key is refused as soon as the server has reloaded accounts.conf.
`

interface KeysLoader {
  keys(): Promise<KeysCommands>
}

const several = (name: string, before: string[] | undefined): string[] => [...(before ?? []), name]

export function describeKeys(
  command: Command,
  commands: KeysLoader,
  answer: (code: Promise<number>) => Promise<void>,
): void {
  command.description('make, rotate and revoke the keys of a shared NATS server').addHelpText('after', HELP)
  const described = (name: string, what: string): Command =>
    command.command(name).description(what).option('--json', 'print the answer as JSON')
  described('create <dir>', 'make keys for the run, an operator, a viewer and the named nodes')
    .option('--system <name>', 'the name of the run (default: canopy)')
    .option('--node <name>', 'a node (may be repeated)', several)
    .option('--operator <name>', 'another operator (may be repeated)', several)
    .option('--viewer <name>', 'another viewer (may be repeated)', several)
    .option('--days <n>', 'days until they expire (default: 30)')
    .action((dir: string, options: KeysOptions) =>
      answer(commands.keys().then((keys) => keys.create(dir, options))),
    )
  described('list <dir>', 'list the keys, their members and when they expire').action(
    (dir: string, options: KeysOptions) => answer(commands.keys().then((keys) => keys.list(dir, options))),
  )
  described(
    'rotate <dir> [members...]',
    'make new keys for these members, or for all; the old keys stay valid',
  )
    .option('--days <n>', 'days until they expire (default: 30)')
    .action((dir: string, members: string[], options: KeysOptions) =>
      answer(commands.keys().then((keys) => keys.rotate(dir, members, options))),
    )
  described('revoke <dir> [members...]', 'revoke the keys of these members')
    .option('--old', 'only keys that were replaced')
    .action((dir: string, members: string[], options: KeysOptions) =>
      answer(commands.keys().then((keys) => keys.revoke(dir, members, options))),
    )
}
