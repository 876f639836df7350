// Command home
//
// The home of an agent command for one conversation: a folder that is removed with the worktree, copies of the user's
// login files while a prompt is carried out, and the record of its session.
//
// H1. The command can shape its home: files there are written and removed without following a link.
// H2. The record is outside the home, where no command can write.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import {
  digest,
  makeFolder,
  readJson,
  removeInside,
  replaceInside,
  writeJson,
} from '../../workspace/index.ts'

const recordSchema = z.object({
  session: z.string().min(1).max(1_000).exactOptional(),
  /** Length of the conversation for which a process began. */
  begun: z.int().exactOptional(),
})
type CommandRecord = z.infer<typeof recordSchema>

type LentLogin = { remove(): Promise<void> } | { readonly refused: string }

export interface CommandHome {
  readonly path: string
  /** As the last process of this conversation left it. */
  readonly before: CommandRecord
  keep(change: CommandRecord): Promise<void>
  /** Copies these files (`~/...`) of the user's home. */
  lendLogin(files: readonly string[], usersHome: string): Promise<LentLogin>
}

const MAX_LOGIN_BYTES = 4 * 1024 * 1024

/** `folder` is Canopy's own; `conversation` names the conversation. */
export async function openCommandHome(folder: string, conversation: string): Promise<CommandHome> {
  const place = join(folder, `agent-${digest(conversation).slice(0, 16)}`)
  const path = join(place, 'home')
  const file = join(place, 'record.json')
  const spare = join(place, 'spare')
  await makeFolder(path)
  const before = recordSchema.safeParse(await readJson(file)).data ?? {}
  let record = before
  return {
    path,
    before,
    keep(change) {
      record = { ...record, ...change }
      return writeJson(file, record)
    },
    async lendLogin(files, usersHome) {
      const inside = files.map((each) => each.slice('~/'.length))
      const remove = async () => {
        for (const each of inside) await removeInside(path, each).catch(() => {})
      }
      for (const each of inside) {
        const bytes = await readFile(join(usersHome, each)).catch((error: Error) => error.message)
        if (typeof bytes === 'string') return { refused: `login: ~/${each}: ${bytes}` }
        if (bytes.length > MAX_LOGIN_BYTES)
          return { refused: `login: ~/${each} has more than ${MAX_LOGIN_BYTES} bytes` }
        await replaceInside(path, each, { bytes, mode: 0o600, spare })
      }
      return { remove }
    },
  }
}
