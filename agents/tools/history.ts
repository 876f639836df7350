// History
//
// Reads the newest changes before a task's work from the repository: their messages and files.
// Leaves: choosing among them (app/run/agents.ts).

import { isOfPackages } from '../../machines/index.ts'
import { startOf } from '../../workspace/index.ts'
import type { ToolContext } from './tool.ts'

export interface HistoryEntry {
  readonly message: string
  readonly files: readonly string[]
}

const MAX_COMMITS = 500
/** Larger ones are renames, releases and reformats: they say little about one task. */
const MAX_FILES = 20
const MAX_MESSAGE = 2_000

/** Newest first, without merges and changes of more than 20 files. */
export async function historyOf({ parts, order }: ToolContext): Promise<HistoryEntry[]> {
  const start = await startOf(parts, order)
  const form = ['--no-merges', `--max-count=${MAX_COMMITS}`, '--name-only', '-z', '--format=%x01%B%x02']
  const said = await parts.clone.git(['log', ...form, '--no-renames', start])
  return said
    .split('\x01')
    .slice(1)
    .flatMap((entry) => {
      const [message = '', names = ''] = entry.split('\x02')
      const files = names.split('\0').filter((path) => path.trim() !== '')
      const own = files.map((path) => path.replace(/^\n/, '')).filter((path) => !isOfPackages(path))
      if (message.trim() === '' || own.length === 0 || own.length > MAX_FILES) return []
      return [{ message: message.trim().slice(0, MAX_MESSAGE), files: own }]
    })
}
