// Local store
//
// Owns:   the interface of what is opened on a disk: the store of actors, and beside it small stores that share its
//         files, its encryption and its backups.

import type { z } from 'zod'
import type { Replies } from './replies.ts'
import type { Store } from './store.ts'
import type { Transcripts } from './transcripts.ts'

export interface LocalStore extends Store {
  /** Conversations, each turn of which has this shape. */
  transcripts<Turn>(schema: z.ZodType<Turn>): Transcripts<Turn>
  /** What models answered. */
  replies(): Replies
}
