// Keys options
//
// Owns:   the options and help of `canopy keys`.
// Leaves: the work (commands.ts).

import type { Command } from 'commander'
import type { KeysCommands, KeysOptions } from './commands.ts'

const HELP = `
Keys are for a NATS server that several machines share; a run that starts its own needs none. One folder is for one run
at a time (--system names it), and for one server:

  canopy keys create ~/canopy-keys --node worker-1 --node worker-2
  nats-server -c ~/canopy-keys/nats-server.conf
  canopy run --repo ~/my-library --nats nats://127.0.0.1:4222 --creds ~/canopy-keys/main.creds

Who has a file can do this, and the server refuses everything else:
  main.creds             run: all of this system
  node-<name>.creds      work for the run: its own mail, objects, place; asks the run, reads nothing of other nodes
  operator[-<name>].creds  look, and send what changes a run
  viewer[-<name>].creds    look, and hear news

Give a machine its own file and no other. keyring.json makes keys: it stays with you. The server needs nats-server.conf
and accounts.conf, which hold no secret; beyond one machine it needs TLS.

A rotated key replaces its file and is taken at the next connection, while the one before goes on until it expires or is
revoked. Revoked is cut off as soon as the server has read accounts.conf again.
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
  command.description('make and end the keys of those who share a NATS server').addHelpText('after', HELP)
  const described = (name: string, what: string): Command =>
    command.command(name).description(what).option('--json', 'print the answer as JSON')
  described('create <dir>', 'make keys for home, an operator, a viewer and the nodes that are named')
    .option('--system <name>', 'the name of the run (default: canopy)')
    .option('--node <name>', 'a node (may be given several times)', several)
    .option('--operator <name>', 'another operator (may be given several times)', several)
    .option('--viewer <name>', 'another viewer (may be given several times)', several)
    .option('--days <n>', 'how long they are valid (default: 30)')
    .action((dir: string, options: KeysOptions) =>
      answer(commands.keys().then((keys) => keys.create(dir, options))),
    )
  described('list <dir>', 'print whose keys there are, and until when').action(
    (dir: string, options: KeysOptions) => answer(commands.keys().then((keys) => keys.list(dir, options))),
  )
  described('rotate <dir> [members...]', 'make new keys for these, or for all; the old ones stay valid')
    .option('--days <n>', 'how long they are valid (default: 30)')
    .action((dir: string, members: string[], options: KeysOptions) =>
      answer(commands.keys().then((keys) => keys.rotate(dir, members, options))),
    )
  described('revoke <dir> [members...]', 'end the keys of these members')
    .option('--old', 'only those that were replaced')
    .action((dir: string, members: string[], options: KeysOptions) =>
      answer(commands.keys().then((keys) => keys.revoke(dir, members, options))),
    )
}
