// NATS options
//
// Owns:   the options that name a NATS server, with their help.
// Leaves: checking them (app/settings/nats-target.ts).

import type { Command } from 'commander'

export function natsOptions(command: Command, what: string): Command {
  return command
    .option('--nats <url>', what)
    .option(
      '--creds <file>',
      'with --nats: the key to connect with (or CANOPY_NATS_CREDS); see: canopy keys --help',
    )
    .option('--tls-ca <file>', 'with --nats: who vouches for the server, when no CA of this system does')
    .option('--tls-cert <file>', 'with --nats: a certificate, when the server asks for one')
    .option('--tls-key <file>', 'with --nats: the key of that certificate')
}
