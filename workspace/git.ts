// Git
//
// Runs git so that it reads no configuration but Canopy's own.
// Leaves: the commands (clone.ts, worktree.ts, commit.ts), reading the user's repository (repository-view.ts).
//
// No hook, no fsmonitor, no signing, no prompt, no automatic maintenance, no user or system configuration. No
// repository is exempt from git's check of its owner (`safe.directory` is not set), and only local files are fetched.
// G2. Git never searches for a repository: `gitDir` names one that Canopy made. A folder that others can write to may
//     hold a repository with commands in its configuration.

import { type ChildProcess, type ExecFileException, execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { underUsersMask } from './users-mask.ts'
import { WorkspaceError } from './workspace-error.ts'

export interface GitCall {
  readonly args: readonly string[]
  /** A repository of Canopy's own; absent for `git init` and for reading a settings file. */
  readonly gitDir?: string
  readonly workTree?: string
  readonly index?: string
  /** Folders of objects: new ones go into the first, the others are only read. */
  readonly objects?: { readonly own: string; readonly others: string }
  readonly input?: string | Uint8Array
  /** Seconds since the Unix epoch, for commits that must have the same hash each time. */
  readonly time?: number
  /** Exit codes that are answers, not errors. */
  readonly accept?: readonly number[]
  /** The most bytes of output; more fail with `git_said_too_much`. */
  readonly mostBytes?: number
  /** Each byte of the output becomes one character; absent: the output is UTF-8. */
  readonly isLatin1?: boolean
  readonly signal?: AbortSignal | undefined
}

export interface GitAnswer {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export type Git = (call: GitCall) => Promise<GitAnswer>

const OVERRIDES = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.quotePath=false',
  'core.autocrlf=false',
  'commit.gpgSign=false',
  'tag.gpgSign=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
  'protocol.allow=never',
  'protocol.file.allow=always',
  'advice.detachedHead=false',
].flatMap((setting) => ['-c', setting])

// The git that serves a fetch does not get OVERRIDES, so it reads these.
const GLOBAL = '[gc]\n\tauto = 0\n[core]\n\thooksPath = /dev/null\n'

export async function openGit(configuration: string): Promise<Git> {
  await mkdir(dirname(configuration), { recursive: true })
  await writeFile(configuration, GLOBAL)
  return (call) => run(configuration, call)
}

const MAX_OUTPUT_BYTES = 256 * 1024 * 1024

async function run(configuration: string, call: GitCall): Promise<GitAnswer> {
  const where = [
    ...(call.gitDir === undefined ? [] : [`--git-dir=${call.gitDir}`]),
    ...(call.workTree === undefined ? [] : [`--work-tree=${call.workTree}`]),
  ]
  const options = {
    env: environment(configuration, call),
    cwd: call.workTree ?? dirname(configuration),
    maxBuffer: call.mostBytes ?? MAX_OUTPUT_BYTES,
    encoding: call.isLatin1 ? 'latin1' : 'utf8',
  } as const
  call.signal?.throwIfAborted()
  const { error, ...said } = await ending([...where, ...OVERRIDES, ...call.args], options, call).catch(
    // Not even started, because of too long a command line for example.
    (reason: Error) => {
      throw couldNotRun(call, reason.message)
    },
  )
  call.signal?.throwIfAborted()
  if (error?.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') throw saidTooMuch(call)
  const code = error === null ? 0 : error.code
  if (typeof code !== 'number') throw couldNotRun(call, error?.message.split('\n')[0] ?? 'unknown reason')
  if (code !== 0 && !call.accept?.includes(code)) throw failed(call, code, said.stderr)
  return { code, ...said }
}

interface Ending {
  readonly error: ExecFileException | null
  readonly stdout: string
  readonly stderr: string
}

/** Settles only when git has ended, also after an abort: another one may need its lock files. */
function ending(
  args: readonly string[],
  options: Parameters<typeof execFile>[2] & { readonly encoding: BufferEncoding },
  { input = '', signal }: GitCall,
): Promise<Ending> {
  return new Promise((resolve) => {
    const child = underUsersMask(() =>
      execFile('git', args, options, (error, stdout, stderr) => {
        running.delete(child)
        signal?.removeEventListener('abort', stop)
        resolve({ error, stdout, stderr })
      }),
    )
    const stop = () => child.kill()
    running.add(child)
    signal?.addEventListener('abort', stop)
    // Git may end before it has read everything; its exit code tells why.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill()
})

function environment(configuration: string, call: GitCall): Record<string, string> {
  const when = `@${call.time ?? 0} +0000`
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: dirname(configuration),
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: configuration,
    // G2: git searches no further than the folder of the configuration.
    GIT_CEILING_DIRECTORIES: dirname(dirname(configuration)),
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_AUTHOR_NAME: 'Canopy',
    GIT_AUTHOR_EMAIL: 'canopy@localhost',
    GIT_COMMITTER_NAME: 'Canopy',
    GIT_COMMITTER_EMAIL: 'canopy@localhost',
    GIT_AUTHOR_DATE: when,
    GIT_COMMITTER_DATE: when,
    ...(call.index === undefined ? {} : { GIT_INDEX_FILE: call.index }),
    ...(call.objects === undefined
      ? {}
      : {
          GIT_OBJECT_DIRECTORY: call.objects.own,
          GIT_ALTERNATE_OBJECT_DIRECTORIES: call.objects.others,
        }),
  }
}

function couldNotRun(call: GitCall, reason: string): WorkspaceError {
  return new WorkspaceError('git_missing', `git ${call.args[0]} could not run: ${reason}`, {
    retryable: true,
  })
}

function saidTooMuch(call: GitCall): WorkspaceError {
  return new WorkspaceError('git_said_too_much', `git ${call.args[0]} printed more than the limit`)
}

function failed(call: GitCall, code: number, stderr: string): WorkspaceError {
  const first = call.args.slice(0, 3).join(' ')
  return new WorkspaceError('git_failed', `git ${first} ended with ${code}: ${stderr.trim().slice(0, 2000)}`)
}
