// Store errors
//
// Owns:   the errors of a store: a code, a sentence with the place, and the way out.

import { UnreadableRow } from './unreadable-row.ts'

/**
 * The fault of a store. `locked`: another process has it open. `format`: another version of the program wrote it.
 * `closed`: it was closed before. The other codes explain themselves.
 */
export type StoreErrorCode =
  | 'disk_full'
  | 'locked'
  | 'unreadable'
  | 'unwritable'
  | 'format'
  | 'encrypted'
  | 'not_encrypted'
  | 'closed'
  | 'no_backup'

const waysOut: Record<StoreErrorCode, string> = {
  disk_full:
    'Free some space and start again: no commit was half written, and the store resumes from the last one.',
  locked: 'Stop the other process that uses this directory, or choose another directory.',
  unreadable: 'Restore the directory from a backup, or move it away to start with an empty store.',
  unwritable: 'Choose a directory that can be created and written, or repair the disk, and start again.',
  format: 'Use the version of Canopy that wrote it, or another directory. Nothing in it was changed.',
  encrypted: 'Give the key that it was written with; nothing in it was changed.',
  not_encrypted: "Encrypt it first ('canopy store rekey'), or give no key. Nothing in it was changed.",
  closed: 'Open it again.',
  no_backup:
    'Nothing was changed. Another backup may be elsewhere; without one, move the directory away to start with an empty store.',
}

/** The store cannot do the operation. The code is for machines; the message says the fault, the place and the way out. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode
  /** The store's directory. */
  readonly directory: string

  constructor(code: StoreErrorCode, directory: string, reason: string, cause?: unknown) {
    super(`The store in ${directory}: ${reason}. ${waysOut[code]}`, { cause })
    this.code = code
    this.directory = directory
  }
}

/** A newer incarnation replaced the one that commits. It must stop; nothing was written. */
export class FencedError extends Error {
  override readonly name = 'FencedError'
  readonly code = 'fenced'

  constructor(address: string, epoch: number, stored: number | undefined) {
    const state = stored === undefined ? 'it was removed' : `epoch ${stored} has committed`
    super(`commit of ${address} in epoch ${epoch} refused: ${state} since`)
  }
}

/** Translates an error of LevelDB or of the file system; an unknown error gets the code `otherwise`. */
export function storeError(directory: string, error: unknown, otherwise: StoreErrorCode): StoreError {
  if (error instanceof StoreError) return error
  const chain = causes(error)
  const code = codeOf(chain) ?? otherwise
  const told = chain.find((each) => each instanceof UnreadableRow) ?? chain.at(-1)
  return new StoreError(
    code,
    directory,
    `${reasons[code]} (${told instanceof Error ? told.message : told})`,
    error,
  )
}

const reasons: Record<StoreErrorCode, string> = {
  disk_full: 'the disk is full',
  locked: 'it is already open',
  unreadable: 'its rows cannot be read',
  unwritable: 'it cannot be written',
  format: 'its format is unknown',
  encrypted: 'it is encrypted',
  not_encrypted: 'it is not encrypted',
  closed: 'it is closed',
  no_backup: 'there is no backup of it',
}

const symptoms: readonly (readonly [StoreErrorCode, RegExp])[] = [
  ['disk_full', /ENOSPC|EDQUOT|no space left|quota exceeded/i],
  ['locked', /LEVEL_LOCKED/],
  [
    'unreadable',
    /UNREADABLE_ROW|MANIFEST-\d+: No such file|LEVEL_CORRUPTION|LEVEL_DECODE_ERROR|Corruption: /,
  ],
  ['unwritable', /LEVEL_IO_ERROR|^E[A-Z]+ /],
  ['closed', /LEVEL_\w*NOT_OPEN/],
]

function codeOf(chain: readonly unknown[]): StoreErrorCode | undefined {
  const told = chain.map((error) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    return `${code} ${error instanceof Error ? error.message : String(error)}`
  })
  return symptoms.find(([, symptom]) => told.some((text) => symptom.test(text)))?.[0]
}

function causes(error: unknown): unknown[] {
  return error instanceof Error && error.cause !== undefined ? [error, ...causes(error.cause)] : [error]
}
