// Versions
//
// Records which version of each file an agent saw last, and which edit made it. The records are outside the sandbox and
// last as long as the worktree.
//
// An edit is recorded before it is made: repeated after a crash, it finds that it is in place.

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { readJson, writeJson } from '../../workspace/index.ts'

const recordSchema = z.object({
  seen: z.string().optional(),
  /** The last edit: its request, and the versions before and after it. */
  edit: z.object({ asked: z.string(), from: z.string(), to: z.string() }).optional(),
})
/** Pairs, because a file may be named `__proto__`. */
const recordsSchema = z.array(z.tuple([z.string(), recordSchema]))
type VersionRecord = z.infer<typeof recordSchema>

export interface Versions {
  of(path: string): Promise<VersionRecord>
  saw(path: string, hash: string): Promise<void>
  willEdit(path: string, edit: NonNullable<VersionRecord['edit']>): Promise<void>
}

/** The hash of a version, short enough for a model to repeat. */
export function hashOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 12)
}

export function openVersions(folder: string): Versions {
  const place = join(folder, 'canopy-versions.json')
  // Read each time: another toolbox of the worktree may have written, or the worktree may be a new one.
  const records = async () => new Map(recordsSchema.safeParse(await readJson(place)).data)
  const keep = async (path: string, record: VersionRecord) =>
    writeJson(place, [...(await records()).set(path, record)])
  const of = async (path: string): Promise<VersionRecord> => (await records()).get(path) ?? {}
  return {
    of,
    saw: async (path, hash) => {
      const record = await of(path)
      if (record.seen !== hash) await keep(path, { ...record, seen: hash })
    },
    willEdit: async (path, edit) => keep(path, { ...(await of(path)), edit }),
  }
}
