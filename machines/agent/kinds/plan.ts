import { checkGraph } from '../../orchestrator/graph.ts'
import { planSchema } from '../../work.ts'
import { defineAgentKind, reading } from './define.ts'

/** Splits a milestone into tasks. */
export const plan = defineAgentKind({
  ...reading,
  role: 'planning',
  limits: { ...reading.limits, outputTokens: 16_000 },
  answer: planSchema,
  problems: ({ tasks }) => checkGraph(tasks, 'task'),
})
