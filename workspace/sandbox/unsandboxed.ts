// Unsandboxed
//
// The twin of the sandbox without isolation, for users who chose it.
//
// It applies the variables, the limits and the killing of the process group. It does not keep the command from the
// network, from the user's files, or from leaving its process group. When we are killed, so is the command: a reader in
// its group waits until our end of a pipe closes.

import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeTree } from '../remove-tree.ts'
import { cgroupPlace } from './cgroup.ts'
import { endingOf, runChild } from './child.ts'
import { CommandLimits } from './command-limits.ts'
import { type DiskLimits, DiskUse } from './disk-use.ts'
import { type CommandEnding, environment, type Sandbox, withLimits } from './sandbox.ts'
import { diskLimits } from './settings.ts'

const LEASH = '(read -r gone <&3; kill -9 -$$) 3<&3 >/dev/null 2>&1 & exec 3<&-; exec "$@"'

export function unsandboxed(options: { readonly disk?: DiskLimits } = {}): Sandbox {
  const most = options.disk ?? diskLimits()
  const disk = new DiskUse(most)
  return {
    kind: 'unsandboxed',
    disk: most,
    async run(command): Promise<CommandEnding> {
      const home = await mkdtemp(join(tmpdir(), 'canopy-home-'))
      try {
        const limits = new CommandLimits(command, { disk, memoryFolders: [], cgroup: cgroupPlace() })
        const limited = withLimits(command, command.argv, limits.entrance)
        const argv = ['/bin/sh', '-c', LEASH, 'sh', ...limited]
        const end = await runChild(command, { argv, env: environment(command, home, home), limits })
        if ('couldNotStart' in end) return { kind: 'could_not_start', reason: end.couldNotStart }
        if (
          end.cause === undefined &&
          (end.code === 126 || end.code === 127) &&
          /exec:|not found/.test(end.stderr)
        ) {
          return { kind: 'could_not_start', reason: end.stderr.trim() }
        }
        return endingOf(end, end.signal)
      } finally {
        await removeTree(home)
      }
    },
  }
}
