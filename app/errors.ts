// Errors
//
// Owns:   the error that the user can put right.
// Leaves: finding out what went wrong (the code that throws), how a failure is told (cli/failure.ts).
//
// E1. What the user can put right is a UserError: its code for machines, a sentence, the way out.
// E2. Everything else is a fault of Canopy: its message is told, and where the log is.

export class UserError extends Error {
  readonly code: string
  readonly wayOut: string

  constructor(code: string, message: string, wayOut: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UserError'
    this.code = code
    this.wayOut = wayOut
  }
}

/** Sentences for codes of the operating system that say little to people. */
const SYSTEM_SENTENCES: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EEXIST: 'something else is there',
  EISDIR: 'it is a directory',
  ENOENT: 'it does not exist',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is not a directory',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
}

/** Why the system refused, in words. */
export function systemReason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? ''
  return SYSTEM_SENTENCES[code] ?? (error instanceof Error ? error.message : String(error))
}
