// Budget verb
//
// Owns:   what a running system answers to `budget`.

import type { NodeView } from '../../actors/index.ts'
import { budgetView, type Ledger } from '../../machines/index.ts'
import type { ControlHandler } from '../../transport/index.ts'

/** The verb `budget`: the view of the budget that the node's tree has. */
export function budgetVerb(node: Pick<NodeView, 'records'>): { readonly budget: ControlHandler } {
  return {
    async budget() {
      const record = [...node.records].find(({ kind }) => kind === 'budget')
      if (!record) return { ok: false, error: { code: 'no_budget', message: 'this run has no budget' } }
      return { ok: true, value: budgetView(record.snapshot.context as unknown as Ledger) }
    },
  }
}
