// NATS options
//
// Owns:   the options that name a NATS server, with their help.
// Leaves: checking them (app/settings/nats-target.ts).

import type { Command } from 'commander'

export function natsOptions(command: Command, what: string): Command {
  return command
    .option('--nats <url>', what)
    .option('--creds <file>', 'with --nats: the key file (or CANOPY_NATS_CREDS); see: canopy keys --help')
    .option(
      '--tls-ca <file>',
      "with --nats: the CA of the server's certificate, if the system does not trust it",
    )
    .option('--tls-cert <file>', 'with --nats: a client certificate, if the server asks for one')
    .option('--tls-key <file>', 'with --nats: the key of the client certificate')
}
