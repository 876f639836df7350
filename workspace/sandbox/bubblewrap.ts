// Bubblewrap
//
// Owns:   the fence: namespaces, what is mounted, and reading how the command inside it ended.
// Leaves: getting bubblewrap (cli/), the child itself (child.ts).
//
// B1. Inside there is no network, no home, no secret of the user's, and nothing writable but what was named.
// B2. Everything inside dies with the first process of its pid namespace, and that one with us.

import { existsSync, lstatSync, readlinkSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { type ChildEnd, endingOf, runChild } from './child.ts'
import { type Command, type Ending, environment, type Sandbox, withLimits } from './sandbox.ts'

const HOME = '/home/canopy'
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/nix/store']
const SETTINGS = ['ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'alternatives', 'nsswitch.conf', 'mime.types']
const OWN_SETTINGS = join(import.meta.dirname, 'etc')
const TMP_BYTES = 512 * 1024 * 1024

export function bubblewrap(options: { readonly path: string }): Sandbox {
  let known: Options | undefined
  return {
    kind: 'bubblewrap',
    async run(command): Promise<Ending> {
      known ??= await knownOptions(options.path)
      const argv = withLimits(command, [options.path, ...fence(command, known), '--', ...command.argv])
      const end = await runChild({ ...command, cwd: '/' }, argv, environment(command, HOME, '/tmp'))
      if ('couldNotStart' in end) return { kind: 'could_not_start', reason: end.couldNotStart }
      return read(end)
    },
  }
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

type Options = (option: string, ...values: string[]) => string[]

/** Versions before 0.8 lack what only makes the fence higher; those options are left out there. */
async function knownOptions(path: string): Promise<Options> {
  const { stdout } = await execa(path, ['--help'], { reject: false, stdin: 'ignore' })
  return (option, ...values) => (stdout?.includes(`${option} `) ? [option, ...values] : [])
}

function fence(command: Command, known: Options): string[] {
  return [
    ...['--unshare-all', '--unshare-user', ...known('--disable-userns'), '--uid', '1000', '--gid', '1000'],
    ...['--cap-drop', 'ALL', '--hostname', 'canopy', '--die-with-parent', '--new-session'],
    ...['--json-status-fd', '3'],
    ...system(),
    ...['--proc', '/proc', '--dev', '/dev', ...known('--size', `${TMP_BYTES}`), '--tmpfs', '/tmp'],
    ...[...known('--size', `${TMP_BYTES}`), '--tmpfs', HOME],
    ...(command.readable ?? []).flatMap((path) => ['--ro-bind', path, path]),
    ...command.writable.flatMap((path) => ['--bind', path, path]),
    ...(command.frozen ?? []).flatMap((path) => ['--ro-bind', path, path]),
    ...['--ro-bind-try', process.execPath, process.execPath],
    ...['--remount-ro', '/', '--chdir', command.cwd],
  ]
}

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
  const notFound = /^bwrap: execvp /m.test(end.stderr)
  if (end.cause === undefined && end.signal === null && (!began || notFound)) {
    return { kind: 'could_not_start', reason: end.stderr.trim() || 'bubblewrap said nothing' }
  }
  return endingOf(end, end.signal ?? signalNamed((end.code ?? 0) - 128))
}

function signalNamed(number: number): string | null {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null
}
