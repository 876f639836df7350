// Program
//
// Owns:   the options and the help of `canopy node`.

import type { Command } from 'commander'
import { natsOptions } from '../nats-options.ts'

const HELP = `
A node works for a run on another machine, or on this one. Start the run with a NATS server that both can reach, and
the node with the same URL. A node needs Canopy, git and tar; it needs neither the repository nor access to it:

  canopy keys create ~/canopy-keys --node worker-1
  canopy run --repo ~/my-library --nats tls://10.0.0.5:4222 --creds ~/canopy-keys/main.creds
  canopy node --nats tls://10.0.0.5:4222 --creds node-worker-1.creds

The key names the run and the node. A node can read and write only its own messages.

The node gets the code and the installed packages through the server, and returns commits; the run checks them like
its own. The run asks the models for it: a node needs no key and no configuration of models. Ctrl-C returns its tasks.
When a node is killed or loses its network, other workers get its tasks within 10 s, and the node stops.

Exit codes:
  0   the run is over, or it was stopped
  1   it stopped because it could not reach the server in time
  2   an input is wrong or missing: the server, the run, the name, the version; the message names the way out
  70  an internal error
`

export function describeNode(command: Command): Command {
  return natsOptions(command.description('work for a run on another machine'), 'the NATS server of the run')
    .option('--workers <n>', 'the number of workers, 1 to 16 (default: one per core)')
    .option('--data <dir>', 'the directory of its state (default: below $XDG_STATE_HOME or ~/.local/state)')
    .option('--dependencies <dir>', 'installed packages to use here (default: fetched from the run)')
    .option('--no-sandbox', "run the repository's tests without a sandbox: only for code that you trust")
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', HELP)
}
