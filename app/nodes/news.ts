// News
//
// Owns:   what agents on nodes say of themselves, told to the process that shows the run.
//
// N1. Told at most once, and nothing depends on it: what counts (money, outcomes) travels as mail.
// N2. Only facts about agents at an address of the sending node are passed on.

import { z } from 'zod'
import { agentFactSchema, type RunFact } from '../../machines/index.ts'
import { type Control, memberOf } from '../../transport/index.ts'
import { HOME, unitOf } from './presence.ts'

const SUBJECT = 'news'

const newsSchema = z.object({
  address: z.string().refine((address) => unitOf(address) !== HOME),
  event: agentFactSchema,
})

/** Of a node: tells home what its agents say. */
export function tellNews(control: Pick<Control, 'tell'>, fact: RunFact): void {
  if (fact.type !== 'emitted' || !fact.event.type.startsWith('agent.')) return
  control.tell(SUBJECT, { address: fact.address, event: fact.event })
}

/** At home: until the returned function is called. */
export function hearNews(
  control: Pick<Control, 'listen'>,
  tell: (fact: RunFact) => void,
): Promise<() => void> {
  return control.listen(SUBJECT, (told, sender) => {
    const news = newsSchema.safeParse(told).data
    if (news && memberOf(unitOf(news.address)) === sender) tell({ type: 'emitted', ...news })
  })
}
