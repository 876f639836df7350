// Sandbox
//
// Owns:   the port through which everything of the repository is run: its tests, its type check, generated code.
// Leaves: how it is fenced in (bubblewrap.ts, fence.ts), the twin without a fence (unsandboxed.ts).
//
// X1. `run` returns, it does not throw; when it returns, nothing of the command is alive.
// X2. The command sees the variables it was given and no others.
// X3. A command killed by somebody else is `signalled`, never `exited`: it says nothing about the code.

import type { DiskLimits } from './disk-use.ts'

export interface Command {
  readonly argv: readonly string[]
  readonly cwd: string
  /** Folders it may write to. */
  readonly writable: readonly string[]
  /** Folders and files it may read besides the system and what is writable. */
  readonly readable?: readonly string[]
  /** Read-only although inside something writable. */
  readonly frozen?: readonly string[]
  /**
   * Unix sockets of the host that the command may connect to, each at the same path inside. Everything else outside is
   * out of reach: no network, no other socket.
   */
  readonly sockets?: readonly string[]
  /** Read-only, at another path than it has here; the quiet twin leaves it where it is. */
  readonly moved?: readonly { readonly from: string; readonly to: string }[]
  readonly env?: Readonly<Record<string, string>>
  /** Another than the usual one. */
  readonly machine?: Machine | undefined
  readonly timeoutMs: number
  /** For all its processes together; 2048 if absent. */
  readonly memoryMb?: number
  /** At the same time; 256 if absent. */
  readonly processes?: number
  /** Kept of each stream, the beginning and the end; 1 MiB if absent. */
  readonly outputBytes?: number
  readonly stdin?: string
  readonly signal?: AbortSignal | undefined
}

/** What a command can see of the machine it is on. */
export interface Machine {
  readonly hostname: string
  readonly home: string
  /** None of the usual variables but PATH, HOME and LANG. */
  readonly isBare?: boolean
}

export interface Output {
  readonly stdout: string
  readonly stderr: string
}

export type Ending =
  | ({ readonly kind: 'exited'; readonly code: number } & Output)
  /** `outside`: a signal nobody sends to itself, so somebody else did; worth another try. */
  | ({ readonly kind: 'signalled'; readonly signal: string; readonly outside: boolean } & Output)
  | ({ readonly kind: 'timed_out' } & Output)
  | ({ readonly kind: 'exceeded'; readonly limit: 'memory' | 'processes' | 'output' | 'disk' } & Output)
  | ({ readonly kind: 'aborted' } & Output)
  | { readonly kind: 'could_not_start'; readonly reason: string }

export interface Sandbox {
  readonly kind: 'bubblewrap' | 'unsandboxed'
  /** What commands may add to a folder; the default if absent. */
  readonly disk?: DiskLimits
  run(command: Command): Promise<Ending>
}

/** What every command sees: enough to run, the same on every machine. */
export function environment(command: Command, home: string, tmp: string): Record<string, string> {
  const least = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: home, LANG: 'C.UTF-8' }
  if (command.machine?.isBare) return { ...least, ...command.env }
  return {
    ...least,
    TMPDIR: tmp,
    TZ: 'UTC',
    CI: '1',
    NO_COLOR: '1',
    NODE_OPTIONS: `--max-old-space-size=${Math.floor(memoryOf(command) * 0.75)}`,
    ...command.env,
  }
}

export function memoryOf(command: Command): number {
  return command.memoryMb ?? 2048
}

export function processesOf(command: Command): number {
  return command.processes ?? 256
}

/** Node reserves this much that it never touches; the watch (usage.ts) counts only what is touched. */
const RESERVED_MB = 768
/**
 * A process that is refused memory ends as if it had failed. So the kernel refuses only what comes too fast for the watch,
 * which ends the command and says why.
 */
const BETWEEN_LOOKS_MB = 1024
const MOST_WRITTEN = 512 * 1024 * 1024

/**
 * The same command with limits that hold for each of its processes, in the cgroup whose `entrance` is given; the watch
 * (command-limits.ts) sees to the sums.
 */
export function withLimits(command: Command, argv: readonly string[], entrance = '/dev/null'): string[] {
  const script = 'echo $$ > "$1" || exit 1; ulimit -c 0; ulimit -d "$2"; ulimit -f "$3"; shift 3; exec "$@"'
  const dataKb = (memoryOf(command) + RESERVED_MB + BETWEEN_LOOKS_MB) * 1024
  return ['/bin/sh', '-c', script, 'sh', entrance, `${dataKb}`, `${MOST_WRITTEN / 512}`, ...argv]
}
