export { agentActor } from './agent.ts'
export {
  type AgentAnswer,
  answerJsonSchema,
  answerSchemas,
  type Judged,
  judgeAnswer,
} from './agent-answers.ts'
export type { AgentEnd, AgentInput, AgentOutput } from './agent-book.ts'
export { agentTask, type Brief, firstTurn, report } from './agent-brief.ts'
export {
  leastTokens,
  memoryOf,
  notesOf,
  planCompaction,
  remembered,
  shorten,
  tokensIn,
  tokensOfText,
  withMemory,
} from './agent-compaction.ts'
export { type AgentFact, agentFactSchema } from './agent-facts.ts'
export { INTERRUPTED, mended } from './agent-history.ts'
export {
  type AgentInvocationInput,
  type AgentInvocationName,
  type AgentInvocationOutput,
  type AgentOrder,
  agentOutputSchemas,
} from './agent-invocations.ts'
export { type Assignment, assignmentSchema, outcomeSchema, ticketOf, type WorkOutcome } from './assignment.ts'
export { type BudgetInput, budgetActor } from './budget.ts'
export {
  amountText,
  type Budget,
  budgetSchema,
  type Cap,
  capSchema,
  defaultBudget,
  type ReadCap,
  readCap,
  type Scope,
} from './budget-caps.ts'
export { type BudgetEvent, type BudgetMail, budgetEventSchema } from './budget-events.ts'
export { beginRefusal, type Ledger, maySettle } from './budget-ledger.ts'
export {
  type Account,
  accountSchema,
  type BudgetReply,
  type BudgetRequest,
  budgetReplySchema,
  budgetRequestSchema,
} from './budget-mail.ts'
export {
  type BudgetLine,
  type BudgetView,
  budgetView,
  budgetViewSchema,
  takenIn,
} from './budget-view.ts'
export { type CoverageChange, coverageChange, coverageChangeSchema } from './coverage.ts'
export {
  type AgentLimits,
  agentLimitsSchema,
  type Craft,
  type CraftSettings,
  craftSchema,
  crafts,
} from './crafts.ts'
export {
  type Doer,
  type Handover,
  handoverSchema,
  ladderOf,
  plannedDoer,
  type Rung,
  type RungSort,
  type Tried,
} from './escalation.ts'
export {
  type Estimate,
  type EstimateError,
  errorOf,
  estimate,
  estimateSchema,
  type Interval,
  type PlannedTask,
  type TaskCost,
  taskCostSchema,
} from './estimate.ts'
export type { BeforeAfter, BudgetFact, DevelopmentFact, WorkStep } from './facts.ts'
export { checkGraph, criticalPath, findCycle, type GraphNode, inOrder } from './graph.ts'
export { type IntegratorInput, type IntegratorMail, integratorActor } from './integrator.ts'
export {
  type AttemptInput,
  type InvocationInput,
  type InvocationInputs,
  type InvocationName,
  type InvocationOutput,
  outputSchemas,
  type WrittenFile,
} from './invocations.ts'
export { type Judgement, judgementSchema } from './judgement.ts'
export {
  type HomeRecords,
  isElsewhere,
  type Letter,
  mailRefusal,
  type Party,
  parties,
  partyAt,
  permissions,
} from './mail-permissions.ts'
export {
  type Answer,
  type Conclusion,
  concluded,
  type MergePlan,
  noPlan,
  trialOf,
  unjudged,
  withEntry,
  withTrial,
} from './merge-plan.ts'
export { type OrchestratorMail, orchestratorActor } from './orchestrator.ts'
export type { OrchestratorInput, OrchestratorOutput } from './orchestrator-book.ts'
export { type OutpostInput, outpostActor } from './outpost.ts'
export { type ModuleHistory, type PlanInput, planTasks } from './plan.ts'
export {
  escalationPolicies,
  type Policy,
  policySchema,
  type Quality,
  qualitySchema,
  type ReviewPolicy,
  reviewPolicies,
  reviewPolicySchema,
  reviewUnder,
} from './policy.ts'
export { hasInHand, inHandAt, type PoolContext, type PoolInput, poolActor } from './pool.ts'
export type { PoolMail } from './pool-events.ts'
export {
  type FailedTask,
  type MilestoneReport,
  milestoneReportSchema,
  type RunReport,
  runReportSchema,
  type TaskCounts,
} from './report.ts'
export { reviewActor } from './review.ts'
export { type ReviewReport, reviewReportSchema } from './review-book.ts'
export { findingName, isLeft, type ReviewSummary, reviewSummarySchema } from './review-rounds.ts'
export { checkRoadmap, nextMilestone, type Standing, type Standings, skippedMilestones } from './roadmap.ts'
export { type RunInput, runInputSchema } from './run-input.ts'
export { sarifOf } from './sarif.ts'
export { readyTasks, startOrder, type TaskEntry, type TaskStatus } from './schedule.ts'
export { type Line, lineSchema, type Site, siteSchema } from './site.ts'
export { supervisorActor } from './supervisor.ts'
export type { SupervisorInput } from './supervisor-book.ts'
export type { SupervisorMail } from './supervisor-setup.ts'
export { type SystemMail, systemActor } from './system.ts'
export { type TaskInput, type TaskMail, type TaskOutput, taskActor } from './task.ts'
export { type AgentMeans, type WorkerInput, type WorkerMail, workerActor } from './worker.ts'
