// Stack order
//
// Owns:   the form of what is to be judged: submissions of one milestone, in their order.
// Leaves: judging it (judge-stack.ts), remembering how it was judged (records.ts).

import type { Survey } from '../../machines/index.ts'
import type { TaskSubmission } from './stack.ts'

export interface StackOrder {
  readonly survey: Survey
  readonly milestone: string
  /** In the order in which they are put onto the tip. */
  readonly stack: readonly TaskSubmission[]
  /** A call with the key of an earlier one is answered as that was. */
  readonly key: string
  readonly signal?: AbortSignal | undefined
}
