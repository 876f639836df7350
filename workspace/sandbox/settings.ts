// Sandbox settings
//
// The sandbox settings of a configuration file.

import { z } from 'zod'
import type { DiskLimits } from './disk-use.ts'

export const sandboxSettingsSchema = z.strictObject({
  /** The most that the commands of a worktree may add to it, in MB. */
  'disk-mb': z.int().min(1).optional(),
  /** How many files, folders and links they may add. */
  files: z.int().min(1).optional(),
})

export type SandboxSettings = z.output<typeof sandboxSettingsSchema>

export const DEFAULT_SANDBOX_SETTINGS = { 'disk-mb': 2_048, files: 200_000 } satisfies SandboxSettings

export function diskLimits(settings: SandboxSettings = {}): DiskLimits {
  const {
    'disk-mb': megabytes = DEFAULT_SANDBOX_SETTINGS['disk-mb'],
    files = DEFAULT_SANDBOX_SETTINGS.files,
  } = settings
  return { bytes: megabytes * 1024 * 1024, files }
}
