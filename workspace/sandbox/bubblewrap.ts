// Bubblewrap
//
// Runs a command in bubblewrap, reads how it ended, and detects the features of this bubblewrap.
// Leaves: the view inside (fence.ts), getting bubblewrap (programs/), the child itself (child.ts).
//
// Everything inside dies with the first process of its pid namespace, and that one with us.

import { constants } from 'node:os'
import { execa } from 'execa'
import { cgroupPlace } from './cgroup.ts'
import { type ChildEnd, endingOf, runChild } from './child.ts'
import { CommandLimits } from './command-limits.ts'
import { type DiskLimits, DiskUse } from './disk-use.ts'
import { fence, homeOf, memoryFolders } from './fence.ts'
import { InheritedDescriptors, type KnownOptions } from './inherited-descriptors.ts'
import { type Command, type CommandEnding, environment, type Sandbox, withLimits } from './sandbox.ts'
import { diskLimits } from './settings.ts'

export interface BubblewrapOptions {
  readonly path: string
  /** The most that commands may add to their writable folders. */
  readonly disk?: DiskLimits
}

export function bubblewrap(options: BubblewrapOptions): Sandbox {
  const most = options.disk ?? diskLimits()
  const disk = new DiskUse(most)
  let known: KnownOptions | undefined
  return {
    kind: 'bubblewrap',
    disk: most,
    async run(command): Promise<CommandEnding> {
      known ??= await knownOptions(options.path)
      const inherited = new InheritedDescriptors()
      try {
        const fenced = await fence(command, known, inherited)
        const limits = new CommandLimits(command, {
          disk,
          memoryFolders: memoryFolders(command),
          cgroup: cgroupPlace(),
        })
        return await runFenced(options.path, command, { fenced, limits, inherited })
      } catch (error) {
        return { kind: 'could_not_start', reason: (error as Error).message }
      } finally {
        inherited.close()
      }
    },
  }
}

interface FencedCommand {
  readonly fenced: readonly string[]
  readonly limits: CommandLimits
  readonly inherited: InheritedDescriptors
}

async function runFenced(
  path: string,
  command: Command,
  { fenced, limits, inherited }: FencedCommand,
): Promise<CommandEnding> {
  // The options go over a descriptor: every user can read a command line, also inside.
  const options = inherited.add(Buffer.from(fenced.map((option) => `${option}\0`).join('')))
  const argv = withLimits(command, [path, '--args', options, '--', ...command.argv], limits.entrance)
  const env = environment(command, homeOf(command), '/tmp')
  const end = await runChild({ ...command, cwd: '/' }, { argv, env, limits, inherited: inherited.all })
  if ('couldNotStart' in end) return { kind: 'could_not_start', reason: end.couldNotStart }
  return read(end)
}

/** Whether bubblewrap works on this machine; if not, why and what may help. */
export async function probeBubblewrap(
  path: string,
): Promise<{ works: true } | { works: false; reason: string }> {
  const sandbox = bubblewrap({ path })
  for (let tried = 1; ; tried++) {
    const ending = await sandbox.run(PROBE)
    if (ending.kind === 'exited' && ending.code === 0) return { works: true }
    // Another process ended it: that says nothing about bubblewrap.
    const isOfOthers = ending.kind === 'signalled' && ending.outside
    if (!isOfOthers || tried === PROBES) return { works: false, reason: explain(path, ending) }
  }
}

const PROBE: Command = { argv: ['/bin/sh', '-c', ':'], cwd: '/', writable: [], timeoutMs: 10_000 }
const PROBES = 3

function explain(path: string, ending: CommandEnding): string {
  const said =
    ending.kind === 'could_not_start'
      ? ending.reason
      : `${ending.kind}: ${'stderr' in ending ? ending.stderr.trim() : ''}`
  const hint = /permission|permitted|namespace|uid map/i.test(said)
    ? ' Unprivileged user namespaces seem to be switched off; `sysctl kernel.unprivileged_userns_clone=1` or, on Ubuntu, an AppArmor profile for bwrap allows them.'
    : ''
  return `${path} cannot make a sandbox here (${said}).${hint}`
}

export interface SandboxFeature {
  readonly option: string
  readonly isThere: boolean
  /** The effect of its absence. */
  readonly without: string
}

const OPTIONAL: Readonly<Record<string, string>> = {
  '--ro-bind-fd': 'a folder that is replaced by a link at the right moment may be shown',
  '--disable-userns': 'only the list of system calls keeps commands from making user namespaces',
  '--size': 'files in memory are limited only by counting',
}

/** Options of bubblewrap that older versions lack; the sandbox is made without them there. */
export async function sandboxFeatures(path: string): Promise<SandboxFeature[]> {
  const known = await knownOptions(path)
  return Object.entries(OPTIONAL).map(([option, without]) => ({
    option,
    isThere: known(option).length > 0,
    without,
  }))
}

async function knownOptions(path: string): Promise<KnownOptions> {
  const { stdout } = await execa(path, ['--help'], { reject: false, stdin: 'ignore' })
  return (option, ...values) => (stdout?.includes(`${option} `) ? [option, ...values] : [])
}

/** Bubblewrap reports on descriptor 3 whether the command began, and returns a signal as 128 + its number. */
function read(end: ChildEnd): CommandEnding {
  const began = end.status.includes('"child-pid"')
  const failed = end.code === 1 && end.stderr.startsWith('bwrap: ')
  if (end.cause === undefined && end.signal === null && (!began || failed)) {
    return { kind: 'could_not_start', reason: end.stderr.trim() || 'bubblewrap printed nothing' }
  }
  return endingOf(end, end.signal ?? signalNamed((end.code ?? 0) - 128))
}

function signalNamed(number: number): string | null {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null
}
