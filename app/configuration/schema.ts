// Configuration schema
//
// Owns:   what may stand in a configuration file, the user's or a repository's: one schema, each mistake told with file, line
//         and column.
// Leaves: which file may set a field (fields.ts), which one does (layers.ts), YAML (document.ts).
//
// R1. All mistakes are told at once, each as `file:line:column: field is value; expected what`.
// R2. The result fits the machines' own schema: no second check is needed.

import { z } from 'zod'
import {
  type AgentCommandsSettings,
  agentCommandsSettingsSchema,
  type McpSettings,
  mcpSettingsSchema,
} from '../../agents/index.ts'
import { type GateSettings, gatesSchema } from '../../gates/index.ts'
import {
  type Budget,
  budgetSchema,
  type CommandSettings,
  commandsSchema,
  coverageGoalSchema,
  type Milestone,
  milestoneSchema,
  outcomeGoalSchema,
} from '../../machines/index.ts'
import { type ModelsSettings, modelsSettingsSchema } from '../../providers/index.ts'
import { type SandboxSettings, sandboxSettingsSchema } from '../../workspace/index.ts'
import { type HookSettings, hooksSchema } from '../hooks/hook-settings.ts'
import {
  type ConfigurationDocument,
  type EntryPath,
  invalid,
  type Mistake,
  readDocument,
  shown,
} from './document.ts'
import { expectation, wayThrough } from './expectation.ts'
import { nearestName } from './nearest-name.ts'

export const workersSchema = z.int().min(1).max(16)

const { id, name, priority, deadline, needs } = milestoneSchema.shape

const milestoneInFile = z.strictObject({
  id,
  name,
  // One or the other, which no single field can tell (crossChecks).
  goal: z.strictObject({
    'branch-coverage': coverageGoalSchema.shape.branchCoverage.optional(),
    outcome: outcomeGoalSchema.shape.outcome.optional(),
    accept: outcomeGoalSchema.shape.accept.removeDefault().optional(),
  }),
  priority,
  deadline,
  needs,
})

const mailSettingsSchema = z.strictObject({
  /** What mail that nobody has taken yet may take on the disk of the NATS server, in MB. */
  'max-mb': z.int().min(16).max(1_000_000).optional(),
})
type MailSettings = z.output<typeof mailSettingsSchema>

const skillsSchema = z
  .array(z.string().regex(/^(\/|~\/)/, 'an absolute path, or one that begins with ~/'))
  .max(16)

export const configurationSchema = z.strictObject({
  milestones: z.array(milestoneInFile).min(1).optional(),
  workers: workersSchema.optional(),
  models: modelsSettingsSchema.optional(),
  budget: budgetSchema.optional(),
  gates: gatesSchema.optional(),
  commands: commandsSchema.optional(),
  sandbox: sandboxSettingsSchema.optional(),
  mail: mailSettingsSchema.optional(),
  hooks: hooksSchema.optional(),
  mcp: mcpSettingsSchema.optional(),
  skills: skillsSchema.optional(),
  agents: agentCommandsSettingsSchema.optional(),
})

/** What a configuration comes to; absent: nobody said it. */
export interface Configuration {
  readonly milestones?: readonly Milestone[]
  readonly workers?: number
  readonly models?: ModelsSettings
  readonly budget?: Budget
  readonly gates?: GateSettings
  readonly commands?: CommandSettings
  readonly sandbox?: SandboxSettings
  readonly mail?: MailSettings
  readonly hooks?: HookSettings
  readonly mcp?: McpSettings
  /** Folders with a folder for each skill. */
  readonly skills?: readonly string[]
  readonly agents?: AgentCommandsSettings
}

/** Reads a file's text and refuses what the schema does not know; `file` is only named in the errors. */
export function parseConfigurationFile(text: string, file: string): ConfigurationDocument {
  const document = readDocument(text, file)
  const mistakes = mistakesIn(document.value)
  if (mistakes.length > 0)
    throw invalid(mistakes.map((mistake) => `${document.placeOf(mistake)}: ${mistake.sentence}`))
  return document
}

/** Plain values as they stand in files, with defaults filled in. They have been checked, each file by itself. */
export function configurationOf(value: unknown): Configuration {
  const { milestones, ...others } = configurationSchema.parse(value)
  const said = Object.entries(others).filter(([, field]) => field !== undefined)
  return { ...Object.fromEntries(said), ...(milestones && { milestones: milestones.map(toMilestone) }) }
}

function mistakesIn(value: unknown): Mistake[] {
  const parsed = configurationSchema.safeParse(value)
  if (parsed.success) return crossChecks(parsed.data.milestones ?? [])
  return parsed.error.issues.flatMap((issue) => mistakesOf(issue, value))
}

function toMilestone(found: z.output<typeof milestoneInFile>): Milestone {
  const { 'branch-coverage': branchCoverage, outcome = '', accept = [] } = found.goal
  return { ...found, goal: branchCoverage === undefined ? { outcome, accept } : { branchCoverage } }
}

function mistakesOf(issue: z.core.$ZodIssue, value: unknown): Mistake[] {
  const path = issue.path as EntryPath
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key],
      sentence: `${fieldName([...path, key])} is not known here; ${guess(key, knownFields(path))}`,
      atName: true,
    }))
  }
  const found = wayThrough(value, path)
  const state = found === undefined ? 'is missing' : `is ${shown(found)}`
  return [{ path, sentence: `${fieldName(path)} ${state}; ${objection(expectation(issue), found)}` }]
}

/** The one name that was meant, if it can be told; else all of them. */
function guess(key: string, known: readonly string[]): string {
  const near = nearestName(key, known)
  return near === undefined ? `expected one of ${known.join(', ')}` : `did you mean ${near}?`
}

/** An expectation that speaks of the value itself becomes a sentence about it. */
function objection(expected: string, found: unknown): string {
  const own = `${JSON.stringify(found)} `
  if (expected.startsWith(own)) return `it ${expected.slice(own.length)}`
  return expected.startsWith('needs ') ? `it ${expected}` : `expected ${expected}`
}

/** A goal is told by coverage or in words. */
function goalMistakes({ goal }: z.output<typeof milestoneInFile>, index: number): Mistake[] {
  const { 'branch-coverage': coverage, outcome, accept } = goal
  const path = ['milestones', index, 'goal']
  if ((coverage === undefined) === (outcome === undefined)) {
    const state = coverage === undefined ? 'has neither' : 'has both'
    return [{ path, sentence: `${fieldName(path)} ${state}; expected one of branch-coverage, outcome` }]
  }
  if (coverage === undefined || accept === undefined) return []
  return [
    {
      path: [...path, 'accept'],
      sentence: `${fieldName(path)}.accept goes with outcome; expected branch-coverage alone`,
    },
  ]
}

/** What no single field can tell: goals of two kinds, ids twice, needs of nobody, needs in a circle. */
function crossChecks(milestones: readonly z.output<typeof milestoneInFile>[]): Mistake[] {
  const ids = milestones.map((milestone) => milestone.id)
  const mistakes: Mistake[] = []
  for (const [index, milestone] of milestones.entries()) {
    mistakes.push(...goalMistakes(milestone, index))
    if (ids.indexOf(milestone.id) < index) {
      const path = ['milestones', index, 'id']
      mistakes.push({
        path,
        sentence: `${fieldName(path)} is "${milestone.id}" again; expected a unique id`,
      })
    }
    for (const [place, need] of milestone.needs.entries()) {
      const path = ['milestones', index, 'needs', place]
      if (!ids.includes(need)) {
        mistakes.push({
          path,
          sentence: `${fieldName(path)} is "${need}"; expected one of ${ids.join(', ')}`,
        })
      } else if (reaches(milestones, need, milestone.id)) {
        mistakes.push({
          path,
          sentence: `${fieldName(path)} is "${need}", which needs "${milestone.id}" itself; expected no circle`,
        })
      }
    }
  }
  return mistakes
}

function reaches(milestones: readonly { id: string; needs: string[] }[], from: string, to: string): boolean {
  const seen = new Set<string>()
  const waiting = [from]
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (at === to) return true
    if (seen.has(at)) continue
    seen.add(at)
    waiting.push(...milestones.filter((each) => each.id === at).flatMap((each) => each.needs))
  }
  return false
}

export function fieldName(path: EntryPath): string {
  if (path.length === 0) return 'the file'
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`))
    .join('')
}

function knownFields(path: EntryPath): string[] {
  const at = path.reduce<unknown>((schema, part) => {
    const inner = bare(schema)
    if (inner instanceof z.ZodArray) return inner.element
    if (inner instanceof z.ZodRecord) return inner.valueType
    return inner instanceof z.ZodObject ? inner.shape[part] : undefined
  }, configurationSchema)
  const found = bare(at)
  if (found instanceof z.ZodObject) return Object.keys(found.shape).sort()
  return found instanceof z.ZodRecord && found.keyType instanceof z.ZodEnum
    ? found.keyType.options.map(String).sort()
    : []
}

/** Without what says that it may be absent or, instead of fields, something else. */
function bare(schema: unknown): unknown {
  if (schema instanceof z.ZodUnion) return schema.options.map(bare).find((one) => one instanceof z.ZodObject)
  const isWrapped =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
  return isWrapped ? bare(schema.unwrap()) : schema
}
