// Agent facts
//
// Owns:   what agents tell their readers.

import type { Usage } from '../models/usage.ts'
import type { AgentOutput } from './agent-book.ts'
import type { Account } from './budget-mail.ts'
import type { Craft } from './crafts.ts'

type OfAgent = Account & { readonly kind: Craft }

export type AgentFact =
  | ({
      readonly type: 'agent.replied'
      readonly step: number
      readonly by: string
      /** Names of the tools. */
      readonly calls: readonly string[]
      readonly usage: Usage
      readonly microdollars: number
    } & OfAgent)
  | ({ readonly type: 'agent.held'; readonly reason: string } & OfAgent)
  | ({ readonly type: 'agent.warned'; readonly step: number; readonly rung: 'nudge' | 'strategy' } & OfAgent)
  | ({
      readonly type: 'agent.compacted'
      readonly step: number
      readonly from: number
      readonly to: number
    } & OfAgent)
  | ({
      readonly type: 'agent.ended'
      readonly outcome: AgentOutput['kind']
      readonly steps: number
    } & OfAgent)
