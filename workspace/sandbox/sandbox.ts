// Sandbox
//
// The port through which every program of the repository runs: its tests, its type check, generated code.
// Leaves: isolation (bubblewrap.ts, fence.ts), the twin without it (unsandboxed.ts).
//
// `run` returns and does not throw; when it returns, no process of the command is alive. The command gets the given
// variables and no others. A command killed by another process is `signalled`, never `exited`: that says nothing about
// the code.

import type { Readable } from 'node:stream'
import type { DiskLimits } from './disk-use.ts'

export interface Command {
  readonly argv: readonly string[]
  readonly cwd: string
  /** Folders it may write to. */
  readonly writable: readonly string[]
  /** Folders and files it may read besides the system and the writable ones. */
  readonly readable?: readonly string[]
  /** Read-only although inside something writable. */
  readonly frozen?: readonly string[]
  /**
   * Unix sockets of the host that the command may connect to, each at the same path inside. Everything else outside is
   * out of reach: no network, no other socket.
   */
  readonly sockets?: readonly string[]
  /** Read-only, at another path inside; the twin without isolation leaves it in its place. */
  readonly moved?: readonly { readonly from: string; readonly to: string }[]
  readonly env?: Readonly<Record<string, string>>
  /** Another machine than the usual one. */
  readonly machine?: VisibleMachine | undefined
  readonly timeoutMs: number
  /** For all its processes together; default 2048. */
  readonly memoryMb?: number
  /** At the same time; default 256. */
  readonly processes?: number
  /** Kept bytes of each stream, half from the beginning and half from the end; default 1 MiB. */
  readonly outputBytes?: number
  /** A stream stays open until it ends: for a command that is talked with. */
  readonly stdin?: string | Readable
  /** Gets its output instead of `CommandOutput.stdout`, which stays empty; the receiver bounds it. Errors go there still. */
  readonly onStdout?: (chunk: Buffer) => void
  readonly signal?: AbortSignal | undefined
}

/** The machine as a command sees it. */
export interface VisibleMachine {
  readonly hostname: string
  readonly home: string
  /** None of the usual variables but PATH, HOME and LANG. */
  readonly isBare?: boolean
}

export interface CommandOutput {
  readonly stdout: string
  readonly stderr: string
}

export type CommandEnding =
  | ({ readonly kind: 'exited'; readonly code: number } & CommandOutput)
  /** `outside`: a signal that no command sends to itself, so another process did; worth another try. */
  | ({ readonly kind: 'signalled'; readonly signal: string; readonly outside: boolean } & CommandOutput)
  | ({ readonly kind: 'timed_out' } & CommandOutput)
  | ({
      readonly kind: 'exceeded'
      readonly limit: 'memory' | 'processes' | 'output' | 'disk'
    } & CommandOutput)
  | ({ readonly kind: 'aborted' } & CommandOutput)
  | { readonly kind: 'could_not_start'; readonly reason: string }

export interface Sandbox {
  readonly kind: 'bubblewrap' | 'unsandboxed'
  /** The most that commands may add to a folder; absent: the default. */
  readonly disk?: DiskLimits
  run(command: Command): Promise<CommandEnding>
}

/** The variables of every command: the same on every machine. */
export function environment(command: Command, home: string, tmp: string): Record<string, string> {
  const least = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: home, LANG: 'C.UTF-8' }
  if (command.machine?.isBare) return { ...least, ...command.env }
  return {
    ...least,
    TMPDIR: tmp,
    TZ: 'UTC',
    CI: '1',
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

/** Node reserves this much and never touches it; usage.ts counts only touched memory. */
const RESERVED_MB = 768
/**
 * A process that is refused memory ends like a failed one. So the kernel's limit only stops a growth between two
 * checks; the checks stop the command and say why.
 */
const BETWEEN_LOOKS_MB = 1024
const MAX_WRITTEN_BYTES = 512 * 1024 * 1024

/**
 * The command with limits for each of its processes, in the cgroup whose `entrance` is given; command-limits.ts checks
 * the sums.
 */
export function withLimits(command: Command, argv: readonly string[], entrance = '/dev/null'): string[] {
  const script = 'echo $$ > "$1" || exit 1; ulimit -c 0; ulimit -d "$2"; ulimit -f "$3"; shift 3; exec "$@"'
  const dataKb = (memoryOf(command) + RESERVED_MB + BETWEEN_LOOKS_MB) * 1024
  return ['/bin/sh', '-c', script, 'sh', entrance, `${dataKb}`, `${MAX_WRITTEN_BYTES / 512}`, ...argv]
}
