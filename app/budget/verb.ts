// Budget verb
//
// Owns:   what a running system answers to `budget`.

import { z } from 'zod'
import type { NodeView } from '../../actors/index.ts'
import { budgetView, type Ledger } from '../../machines/index.ts'
import { defineVerb, RefusedVerb } from '../control/control-verb.ts'

/** The verb `budget`: the view of the budget that the node's tree has. */
export const budgetVerb = defineVerb({
  name: 'budget',
  class: 'look',
  hasOwnSubject: true,
  input: z.unknown(),
  async answer(_input, { tree }: { readonly tree: Pick<NodeView, 'records'> }) {
    const record = [...tree.records].find(({ kind }) => kind === 'budget')
    if (!record) throw new RefusedVerb('no_budget', 'this run has no budget')
    return budgetView(record.snapshot.context as unknown as Ledger)
  },
})
