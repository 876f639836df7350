// Fence
//
// Bubblewrap's options for a command: namespaces, mounts and hidden paths.
// Leaves: starting it and reading how the command ended (bubblewrap.ts).
//
// Inside there is no network, no home, no secret of the user's, no socket of the host. Writable are only the named
// folders and three small file systems in memory.

import { existsSync, lstatSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { socketsInside } from './host-sockets.ts'
import type { InheritedDescriptors, KnownOptions } from './inherited-descriptors.ts'
import type { MountKind } from './mount-sources.ts'
import type { Command } from './sandbox.ts'
import { systemCallFilter } from './seccomp/filter.ts'
import type { MemoryFolder } from './usage.ts'

const HOME = '/home/canopy'
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/nix/store']
const SETTINGS = ['ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'alternatives', 'nsswitch.conf', 'mime.types']
const OWN_SETTINGS = join(import.meta.dirname, 'etc')
const FILTER = systemCallFilter(process.arch)
const MB = 1024 * 1024
/** Writable file systems in memory; they count as memory of the command. */
export const memoryFolders = (command: Command): readonly MemoryFolder[] => [
  { path: '/dev/shm', bytes: 64 * MB },
  { path: '/tmp', bytes: 512 * MB },
  { path: homeOf(command), bytes: 128 * MB },
]
/** They tell about the whole machine, or about the user's keys. */
const HIDDEN_IN_PROC = ['kallsyms', 'kcore', 'key-users', 'keys', 'kmsg', 'modules', 'timer_list']

/** The home of a command inside. */
export const homeOf = ({ machine }: Command) => machine?.home ?? HOME

/** The options in order; their descriptors are added to `inherited`. Throws `MountRefused`. */
export async function fence(
  command: Command,
  known: KnownOptions,
  inherited: InheritedDescriptors,
): Promise<string[]> {
  const { readable = [], writable, frozen = [], sockets = [], moved = [], machine } = command
  const mount = (option: '--bind' | '--ro-bind', paths: readonly string[], kind?: MountKind) =>
    paths.flatMap((path) => inherited.mount(known, option, path, { kind }))
  return [
    ...['--unshare-all', '--unshare-user', ...known('--disable-userns'), '--uid', '1000', '--gid', '1000'],
    ...['--cap-drop', 'ALL', '--die-with-parent', '--new-session'],
    ...['--hostname', machine?.hostname ?? 'canopy'],
    ...['--json-status-fd', '3', ...(FILTER ? ['--seccomp', inherited.add(FILTER)] : [])],
    ...system(),
    ...kernelFiles(),
    ...[
      '--dev',
      '/dev',
      ...zeroDevice(),
      ...memoryFolders(command).flatMap((folder) => inMemory(folder, known)),
    ],
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

/** Read-only: root may have started Canopy, and root could write to the kernel's settings there. */
function kernelFiles(): string[] {
  const present = HIDDEN_IN_PROC.map((name) => `/proc/${name}`).filter((path) => existsSync(path))
  return ['--proc', '/proc', ...hidden(present), '--remount-ro', '/proc']
}

/** Reads like /dev/zero and cannot be mapped: pages of a mapped one could not be counted (filter.ts, mmap). */
const zeroDevice = () => (existsSync('/dev/full') ? ['--dev-bind', '/dev/full', '/dev/zero'] : [])

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
