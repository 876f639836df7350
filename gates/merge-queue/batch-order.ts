// Batch order
//
// A request to judge submissions of one milestone, in their order.
// Leaves: judging it (judge-batch.ts), recording the result (records.ts).

import type { Survey } from '../../machines/index.ts'
import type { TaskSubmission } from './batch.ts'

export interface BatchOrder {
  readonly survey: Survey
  readonly milestone: string
  /** In the order in which they are put onto the tip. */
  readonly stack: readonly TaskSubmission[]
  /** A call with the key of an earlier one is answered as that was. */
  readonly key: string
  readonly signal?: AbortSignal | undefined
}
