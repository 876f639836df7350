// Command protocol
//
// The interface between an agent command and the one that runs it: the words of its command line, and the conversation
// over its standard input and output.
// Leaves: the protocols themselves (one file each), the process, its limits and its end (run-command.ts).
//
// A protocol takes any bytes and never throws. An unknown message is logged and ignored.

import type { Usage } from '../../../machines/index.ts'

export interface CommandPrompt {
  readonly text: string
  /** Of an earlier prompt of the same conversation, to be continued; only where the protocol resumes. */
  readonly session?: string
  /** The worktree, its working directory. */
  readonly root: string
  /** Whether it may change files there. */
  readonly mayWrite: boolean
  /** Turns of its own. */
  readonly steps: number
  readonly usd: number
}

export interface CommandFiles {
  /** A text file of the worktree; rejects with a reason for the agent. */
  read(path: string): Promise<string>
  write(path: string, text: string): Promise<void>
}

/** What a protocol can do with the process. */
export interface CommandControl {
  write(text: string): void
  /** Closes its standard input. */
  end(): void
  /** The session has this id. */
  session(id: string): void
  /** The work is done: the process has 5 s to end. */
  done(): void
  /** Ends the process; the reason is told as the end of the work. */
  fail(reason: string): void
  log(sentence: string): void
  readonly files: CommandFiles
}

/** What it said until now. */
export interface CommandReport {
  /** Its last message. */
  readonly text: string
  /** Its own turns or steps. */
  readonly steps: number
  /** Absent: it does not report tokens. */
  readonly usage?: Usage
  /** US dollars; absent: it does not report its cost. */
  readonly usd?: number
  /** It says that it failed. */
  readonly failure?: string
}

export interface CommandConversation {
  /** A chunk of its standard output. */
  take(chunk: Buffer): void
  report(): CommandReport
  /** Asks it to stop, where the protocol can: it has 5 s to report its cost. */
  cancel?(): void
}

export interface CommandProtocol {
  /** A conversation goes on with the id of its session. */
  readonly resumes: boolean
  /** Every message of the agent is one on its output: silence means that it hangs. */
  readonly silenceSeconds: number | undefined
  /** The whole command line. */
  words(command: readonly string[], prompt: CommandPrompt): readonly string[]
  converse(prompt: CommandPrompt, control: CommandControl, command: readonly string[]): CommandConversation
}
