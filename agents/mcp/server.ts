// MCP server
//
// Starts a server of the user's in the sandbox, and ends it.
// Leaves: the protocol (client.ts), which servers run (mcp-tools.ts).
//
// V1. A server sees the worktree, the system, the files and the variables that the user named, and the hosts that the
//     user named; nothing else. It ends with Canopy, however that ends.

import { PassThrough } from 'node:stream'
import {
  type Command,
  type CommandEnding,
  type Egress,
  lastWords,
  openEgress,
  programFor,
  type Sandbox,
} from '../../workspace/index.ts'
import { McpClient, McpFailure } from './client.ts'
import type { McpServerSettings } from './mcp-settings.ts'
import type { ServerInfo } from './messages.ts'

/** Where a server runs: a part of a command in the sandbox. */
export type ServerPlace = Pick<Command, 'cwd' | 'writable' | 'readable' | 'frozen' | 'moved'> & {
  readonly sandbox: Sandbox
}

export interface GrantedServer extends McpServerSettings {
  readonly name: string
  /** The variables that it gets, with their values. */
  readonly variables: Readonly<Record<string, string>>
}

export interface RunningServer {
  readonly client: McpClient
  readonly info: ServerInfo
  readonly hasEnded: boolean
  /** Resolves when no process of it is left. */
  stop(): Promise<void>
}

const START_MS = 30_000
/** A timer's longest. */
const FOR_EVER_MS = 2 ** 31 - 1
const ERROR_BYTES = 64 * 1024

/** Resolves when the server has answered; throws McpFailure with the reason when it does not. */
export async function startServer(
  granted: GrantedServer,
  place: ServerPlace,
  signal?: AbortSignal,
): Promise<RunningServer> {
  const program = programFor(granted.command[0] ?? '')
  if (program === undefined)
    throw new McpFailure(`there is no program ${granted.command[0]}, by this path or on the PATH`)
  const egress = await openEgress(place.sandbox, granted.network)
  const input = new PassThrough()
  const stopping = new AbortController()
  let hasEnded = false
  const client = new McpClient({
    send: (line) => {
      if (!hasEnded) input.write(line)
    },
    onFault: () => stopping.abort(),
  })
  const ended = runServer(granted, { place, program, egress, input, client, signal: stopping.signal })
    .catch((error: Error) => error.message)
    .then((reason) => {
      hasEnded = true
      client.fail(reason)
    })
  const stop = async (): Promise<void> => {
    client.fail('it was stopped')
    await ended
  }
  try {
    const info = await client.initialize({ timeoutMs: START_MS, signal })
    return {
      client,
      info,
      stop,
      get hasEnded() {
        return hasEnded || stopping.signal.aborted
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

interface ServerParts {
  readonly place: ServerPlace
  readonly program: { readonly argv: readonly string[]; readonly readable: readonly string[] }
  readonly egress: Egress
  readonly input: PassThrough
  readonly client: McpClient
  readonly signal: AbortSignal
}

/** Resolves with the reason when it has ended. */
async function runServer(
  { command, files, variables, 'memory-mb': memoryMb }: GrantedServer,
  { place: { sandbox, ...place }, program, egress, input, client, signal }: ServerParts,
): Promise<string> {
  try {
    const ending = await sandbox.run(
      egress.through({
        ...place,
        argv: [...program.argv, ...command.slice(1)],
        readable: [...(place.readable ?? []), ...program.readable, ...files],
        env: variables,
        timeoutMs: FOR_EVER_MS,
        memoryMb,
        outputBytes: ERROR_BYTES,
        stdin: input,
        onStdout: (chunk) => client.take(chunk),
        signal,
      }),
    )
    return reasonOf(ending)
  } finally {
    input.destroy()
    await egress.close()
  }
}

function reasonOf(ending: CommandEnding): string {
  if (ending.kind === 'could_not_start') return `it could not be started: ${ending.reason}`
  const words = lastWords(ending)
  const said = words === '' ? '' : `, and said: ${words}`
  switch (ending.kind) {
    case 'exited':
      return `it ended with ${ending.code}${said}`
    case 'signalled':
      return `it was ended by ${ending.signal}${said}`
    case 'exceeded':
      return `it exceeded its limit of ${ending.limit}${said}`
    case 'timed_out':
    case 'aborted':
      return `it was stopped${said}`
    default:
      return ending satisfies never
  }
}
