// Bubblewrap
//
// Owns:   the fence: namespaces, what is mounted, and reading how the command inside it ended.
// Leaves: getting bubblewrap (cli/), the child itself (child.ts).
//
// B1. Inside there is no network, no home, no secret of the user's, no socket of the host, and nothing writable but
//     what was named and three small file systems in memory.
// B2. Everything inside dies with the first process of its pid namespace, and that one with us.

import { existsSync, lstatSync, readlinkSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { cgroupPlace } from './cgroup.ts'
import { type ChildEnd, endingOf, runChild } from './child.ts'
import { CommandLimits } from './command-limits.ts'
import { type DiskLimits, DiskUse } from './disk-use.ts'
import { socketsInside } from './host-sockets.ts'
import { InheritedDescriptors, type KnownOptions } from './inherited-descriptors.ts'
import type { SourceKind } from './mount-sources.ts'
import { type Command, type Ending, environment, type Sandbox, withLimits } from './sandbox.ts'
import { systemCallFilter } from './seccomp/filter.ts'
import { diskLimits } from './settings.ts'
import type { MemoryFolder } from './usage.ts'

const HOME = '/home/canopy'
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/nix/store']
const SETTINGS = ['ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'alternatives', 'nsswitch.conf', 'mime.types']
const OWN_SETTINGS = join(import.meta.dirname, 'etc')
const FILTER = systemCallFilter(process.arch)
const MB = 1024 * 1024
/** Writable file systems in memory; they count as memory of the command. */
const memoryFolders = (command: Command): readonly MemoryFolder[] => [
  { path: '/dev/shm', bytes: 64 * MB },
  { path: '/tmp', bytes: 512 * MB },
  { path: homeOf(command), bytes: 128 * MB },
]
/** What the kernel tells there is about the whole machine, or about the user's keys. */
const HIDDEN_IN_PROC = ['kallsyms', 'kcore', 'key-users', 'keys', 'kmsg', 'modules', 'timer_list']

export interface BubblewrapOptions {
  readonly path: string
  /** What commands may add to the folders that they write to. */
  readonly disk?: DiskLimits
}

export function bubblewrap(options: BubblewrapOptions): Sandbox {
  const disk = new DiskUse(options.disk ?? diskLimits())
  let known: KnownOptions | undefined
  return {
    kind: 'bubblewrap',
    async run(command): Promise<Ending> {
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

interface Fenced {
  readonly fenced: readonly string[]
  readonly limits: CommandLimits
  readonly inherited: InheritedDescriptors
}

async function runFenced(
  path: string,
  command: Command,
  { fenced, limits, inherited }: Fenced,
): Promise<Ending> {
  // The options go over a descriptor: the command line can be read by everybody, also inside.
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
  const ending = await bubblewrap({ path }).run({
    argv: ['/bin/sh', '-c', ':'],
    cwd: '/',
    writable: [],
    timeoutMs: 10_000,
  })
  if (ending.kind === 'exited' && ending.code === 0) return { works: true }
  return { works: false, reason: explain(path, ending) }
}

function explain(path: string, ending: Ending): string {
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
  /** What is weaker without it. */
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

const homeOf = ({ machine }: Command) => machine?.home ?? HOME

async function fence(
  command: Command,
  known: KnownOptions,
  inherited: InheritedDescriptors,
): Promise<string[]> {
  const { readable = [], writable, frozen = [], sockets = [], moved = [], machine } = command
  const mount = (option: '--bind' | '--ro-bind', paths: readonly string[], kind?: SourceKind) =>
    paths.flatMap((path) => inherited.mount(known, option, path, { kind }))
  return [
    ...['--unshare-all', '--unshare-user', ...known('--disable-userns'), '--uid', '1000', '--gid', '1000'],
    ...['--cap-drop', 'ALL', '--die-with-parent', '--new-session'],
    ...['--hostname', machine?.hostname ?? 'canopy'],
    ...['--json-status-fd', '3', ...(FILTER ? ['--seccomp', inherited.add(FILTER)] : [])],
    ...system(),
    ...kernelFiles(),
    ...['--dev', '/dev', ...memoryFolders(command).flatMap((folder) => inMemory(folder, known))],
    ...['--remount-ro', '/dev'],
    ...mount('--ro-bind', readable),
    ...mount('--bind', writable),
    ...moved.flatMap(({ from, to }) => inherited.mount(known, '--ro-bind', from, { to })),
    ...mount('--ro-bind', frozen),
    ...hidden(await socketsInside([...readable, ...writable].map((path) => ({ from: path, to: path })))),
    ...hidden(await socketsInside(moved)),
    ...mount('--ro-bind', sockets, 'socket'),
    ...['--ro-bind-try', process.execPath, process.execPath],
    ...['--remount-ro', '/', '--chdir', command.cwd],
  ]
}

/** Read-only: Canopy may be started by root, who could write to the settings of the kernel there. */
function kernelFiles(): string[] {
  const present = HIDDEN_IN_PROC.map((name) => `/proc/${name}`).filter((path) => existsSync(path))
  return ['--proc', '/proc', ...hidden(present), '--remount-ro', '/proc']
}

const inMemory = ({ path, bytes }: MemoryFolder, known: KnownOptions) => [
  ...known('--size', `${bytes}`),
  ...['--tmpfs', path],
]

const hidden = (paths: readonly string[]) => paths.flatMap((path) => ['--ro-bind', '/dev/null', path])

function system(): string[] {
  const present = SYSTEM.filter((path) => existsSync(path))
  const mounts = present.flatMap((path) =>
    lstatSync(path).isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path],
  )
  const settings = SETTINGS.flatMap((name) => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`])
  const own = ['passwd', 'group', 'hosts'].flatMap((name) => [
    '--ro-bind',
    join(OWN_SETTINGS, name),
    `/etc/${name}`,
  ])
  return [...mounts, ...settings, ...own]
}

/** Bubblewrap tells on descriptor 3 whether the command began, and gives a signal back as 128 + its number. */
function read(end: ChildEnd): Ending {
  const began = end.status.includes('"child-pid"')
  const failed = end.code === 1 && end.stderr.startsWith('bwrap: ')
  if (end.cause === undefined && end.signal === null && (!began || failed)) {
    return { kind: 'could_not_start', reason: end.stderr.trim() || 'bubblewrap said nothing' }
  }
  return endingOf(end, end.signal ?? signalNamed((end.code ?? 0) - 128))
}

function signalNamed(number: number): string | null {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null
}
