// Program
//
// Owns:   the options and the help of `canopy node`.

import type { Command } from 'commander'
import { natsOptions } from '../nats-options.ts'

const HELP = `
A node works for a run on another machine, or on this one. Start the run on a NATS server that both can reach, and the
node with the same URL; it needs Canopy, git and tar, but neither the repository nor a way to it:

  canopy keys create ~/canopy-keys --node worker-1
  canopy run --repo ~/my-library --nats tls://10.0.0.5:4222 --creds ~/canopy-keys/main.creds
  canopy node --nats tls://10.0.0.5:4222 --creds node-worker-1.creds

The key says for which run the node works and what it is called; a node can say and read nothing but its own.

It gets the code and the installed packages through the server, and gives commits back; the run judges them like its
own. For tasks that need a model, the run asks it: a node needs no key and no configuration of models. Ctrl-C hands back what it has in hand. When it is killed, or its network is cut, others take that up within ten
seconds, and it stops by itself.

Exit codes:
  0   the run is over, or it was stopped
  1   it stopped itself: the server could not be reached in time
  2   something given is wrong or missing: the server, the run, the name, the version; the message says what to do
  70  a fault of Canopy itself
`

export function describeNode(command: Command): Command {
  return natsOptions(command.description('work for a run on another machine'), 'the NATS server of the run')
    .option('--workers <n>', 'how many work at once, 1 to 16 (default: one per core)')
    .option('--data <dir>', 'where it keeps its state (default: below $XDG_STATE_HOME or ~/.local/state)')
    .option('--dependencies <dir>', 'installed packages to use here (default: those of the run are fetched)')
    .option('--no-sandbox', 'run the tests of the repository without a sandbox: only for code that you trust')
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', HELP)
}
