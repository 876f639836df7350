// Local store
//
// Owns:   the interface of a store on disk: the actors, and beside them small stores in the same files, with the same
//         encryption and backups.

import type { z } from 'zod'
import type { Replies } from './replies.ts'
import type { Store } from './store.ts'
import type { Transcripts } from './transcripts.ts'

/** A store of actors on a disk or in memory, with stores of conversations and of replies beside it. */
export interface LocalStore extends Store {
  /** Conversations whose turns have this schema. */
  transcripts<Turn>(schema: z.core.$ZodType<Turn>): Transcripts<Turn>
  /** Recorded replies of models. */
  replies(): Replies
}
