// Machines
//
// The public door of the development system: its statecharts, its policies and their messages.

export { agentActor } from './agent/agent.ts'
export {
  type EarlierWork,
  firstTurn,
  type RepositoryRules,
  type RepositorySkill,
  report,
} from './agent/agent-brief.ts'
export {
  AGENT_COMMAND_PROVIDER,
  type AgentCommand,
  type AgentCommands,
  agentCommandFor,
  limitsOfCommand,
  modelNameOf,
} from './agent/agent-command.ts'
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
} from './agent/agent-compaction.ts'
export { agentFactSchema } from './agent/agent-facts.ts'
export { INTERRUPTED, mended } from './agent/agent-history.ts'
export {
  type AgentInvocationInput,
  type AgentInvocationName,
  type AgentInvocationOutput,
  type AgentOrder,
  agentOutputSchemas,
  type CommandAllowance,
  type CommandCost,
  commandCostSchema,
} from './agent/agent-invocations.ts'
export {
  type AgentKind,
  agentKindSchema,
  agentKinds,
  answerJsonSchema,
  type Plan,
  type TaskKind,
  taskKindSchema,
} from './agent/agent-kinds.ts'
export type { AgentInput, AgentOutput } from './agent/agent-state.ts'
export type { AgentLimits } from './agent/kinds/define.ts'
export { type BudgetInput, budgetActor } from './budget/budget.ts'
export {
  amountText,
  type Budget,
  budgetSchema,
  type Cap,
  defaultBudget,
  readCap,
} from './budget/budget-caps.ts'
export { type BudgetMail, budgetEventSchema } from './budget/budget-events.ts'
export { beginRefusal, maySettle } from './budget/budget-ledger.ts'
export { budgetRequestSchema } from './budget/budget-mail.ts'
export { type BudgetLine, type BudgetView, budgetView, budgetViewSchema } from './budget/budget-view.ts'
export type { Ledger } from './budget/ledger.ts'
export { type CommandSettings, commandsSchema, nameInReports, REPORTS_VARIABLE } from './commands.ts'
export type { DevelopmentFact, WorkStep } from './facts.ts'
export {
  type AttemptInput,
  type InvocationInput,
  type InvocationName,
  type InvocationOutput,
  outputSchemas,
} from './invocations.ts'
export {
  type HomeRecords,
  type Letter,
  mailRefusal,
  type Party,
  partyAt,
  permissions,
} from './mail-permissions.ts'
export { integratorActor } from './merge-queue/integrator.ts'
export type { IntegratorMail } from './merge-queue/integrator-events.ts'
export { type BatchJudgement, judgementSchema } from './merge-queue/judgement.ts'
export {
  type Conclusion,
  concluded,
  type MergePlan,
  noPlan,
  trialOf,
  withEntry,
  withTrial,
} from './merge-queue/merge-plan.ts'
export {
  type ContentBlock,
  callsOf,
  problemsOf,
  resultsOf,
  type ToolCall,
  type ToolResult,
  type Turn,
  turnSchema,
} from './models/conversation.ts'
export {
  type FailureKind,
  type ModelFailure,
  type ModelReply,
  type ModelRequest,
  type ModelTool,
  modelFailureSchema,
  modelReplySchema,
  modelRequestSchema,
  type RateLimit,
  remedyOf,
  type StopReason,
} from './models/model-call.ts'
export type { ModelFact } from './models/model-facts.ts'
export {
  type LostTry,
  type ModelResult,
  modelResultSchema,
  type PricedResult,
  paidTries,
  pricedResultSchema,
  spendingOf,
} from './models/model-result.ts'
export {
  type ModelSettings,
  type ModelsInUse,
  modelNameSchema,
  modelSchema,
  modelsInUseSchema,
  mostCost,
  providerNameSchema,
  providerOf,
  type Role,
  roleModelsOf,
  roleSchema,
} from './models/model-settings.ts'
export {
  addUsage,
  costOf,
  noUsage,
  type Price,
  priceSchema,
  tokensOf,
  type Usage,
  usageSchema,
} from './models/usage.ts'
export { coverageChange } from './orchestrator/coverage.ts'
export {
  type Estimate,
  errorOf,
  estimate,
  estimateSchema,
  type Interval,
  type PlannedTask,
  type TaskCost,
  taskCostSchema,
} from './orchestrator/estimate.ts'
export { checkGraph, criticalPath, findCycle, type GraphNode, inOrder } from './orchestrator/graph.ts'
export { orchestratorActor } from './orchestrator/orchestrator.ts'
export type {
  OrchestratorInput,
  OrchestratorOutput,
  OrchestratorState as OrchestratorBook,
} from './orchestrator/orchestrator-state.ts'
export { type ModuleHistory, type PlanInput, planTasks } from './orchestrator/plan.ts'
export {
  escalationPolicies,
  policySchema,
  type Quality,
  qualitySchema,
  type ReviewPolicy,
  reviewPolicies,
  reviewPolicySchema,
  reviewUnder,
} from './orchestrator/policy.ts'
export { readyTasks, startOrder, type TaskEntry, type TaskState } from './orchestrator/schedule.ts'
export { isOfGit, isOfPackages, objectionToPath, pathSchema } from './plain-path.ts'
export { hasInHand, inHandAt, type PoolContext, poolActor } from './pool/pool.ts'
export type { PoolMail } from './pool/pool-events.ts'
export { remoteWorkersActor } from './pool/remote-workers.ts'
export { createRedactor, REMOVED, type Redactor, secretsAmong } from './redaction.ts'
export type { MilestoneBranchRef } from './repository-snapshot.ts'
export type { JudgedFinding, ReviewFinding } from './review/finding.ts'
export { reviewActor } from './review/review.ts'
export { findingName, isLeft, type ReviewSummary, reviewSummarySchema } from './review/review-rounds.ts'
export type { ReviewReport } from './review/review-state.ts'
export { sarifOf } from './review/sarif.ts'
export type { RunFact, RunTelemetry } from './run-facts.ts'
export { shellWord } from './shell-word.ts'
export type {
  ChangeFinding,
  DeclaredTest,
  DeclaredTests,
  FileChange,
  Mutant,
  MutantQuestion,
  Substance,
  TestQuestion,
} from './source-analysis.ts'
export {
  type FailedTask,
  type MilestoneDelivery,
  type MilestoneReport,
  type RunReport,
  runReportSchema,
} from './supervisor/report.ts'
export { checkRoadmap, type MilestoneStatus, nextMilestone, skippedMilestones } from './supervisor/roadmap.ts'
export { type RunInput, runInputSchema } from './supervisor/run-input.ts'
export { supervisorActor } from './supervisor/supervisor.ts'
export { systemActor } from './supervisor/system.ts'
export { type Assignment, assignmentSchema, ticketOf } from './task/assignment.ts'
export {
  type Assignee,
  type EscalationKind,
  escalationSteps,
  type Handover,
  handoverSchema,
  plannedAssignee,
} from './task/escalation.ts'
export { taskActor } from './task/task.ts'
export { fillPattern, testFileFor, testNameIn } from './test-file.ts'
export {
  type About,
  type AcceptCheck,
  type AgentTask,
  aboutOf,
  branchSchema,
  type Count,
  type CoverageTask,
  commitSchema,
  countSchema,
  coverageGoalSchema,
  idSchema,
  isCoverageGoal,
  isCoverageTask,
  type Measurement,
  type Milestone,
  type ModuleCoverage,
  measurementSchema,
  milestoneSchema,
  outcomeGoalSchema,
  percent,
  type Submission,
  type Survey,
  subjectOf,
  surveySchema,
  type Task,
  type Verdict,
  verdictSchema,
} from './work.ts'
export { type AgentMeans, workerActor } from './worker/worker.ts'
