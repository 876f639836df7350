// Tool records
//
// Owns:   the records of calls of the user's tools and of what was found for tasks, as rows beside the recorded replies of models: in the run's store,
//         encrypted with it, in its backups.
// Leaves: what a record says (agents/user-tools.ts).

import type { ToolRecords } from '../../agents/index.ts'
import type { Redactor } from '../../machines/index.ts'
import type { ReplyStore } from '../../providers/index.ts'
import type { FindingRecords } from '../models/task-finder.ts'

const PREFIX = 'tool!'
const FINDINGS = 'finding!'

export function toolRecords(replies: ReplyStore, redactor: Redactor): ToolRecords {
  return {
    get: (key) => replies.get(`${PREFIX}${key}`),
    put: (key, record) => replies.put(`${PREFIX}${key}`, redactor.value(record), new Map()),
    async *keys() {
      for await (const key of replies.keys()) if (key.startsWith(PREFIX)) yield key.slice(PREFIX.length)
    },
  }
}

/** What was found for tasks. */
export function findingRecords(replies: ReplyStore): FindingRecords {
  return {
    get: (key) => replies.get(`${FINDINGS}${key}`),
    put: (key, record) => replies.put(`${FINDINGS}${key}`, record, new Map()),
  }
}

/** Without those rows: what models replied. */
export function modelReplies(replies: ReplyStore): ReplyStore {
  return {
    get: (key) => replies.get(key),
    put: (key, recording, parts) => replies.put(key, recording, parts),
    part: (digest) => replies.part(digest),
    async *keys() {
      for await (const key of replies.keys())
        if (!key.startsWith(PREFIX) && !key.startsWith(FINDINGS)) yield key
    },
  }
}
