// Roadmap
//
// Owns:   reading `canopy.yaml`: milestones and workers, checked, each mistake told with file, line and column.
// Leaves: which milestone is next (machines/), the other settings (settings.ts).
//
// R1. All mistakes are told at once, each as `file:line:column: field is value; expected what`.
// R2. What is returned fits the machines' own schema: no second look is needed.

import { readFile } from 'node:fs/promises'
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import {
  type Budget,
  budgetSchema,
  type Commands,
  commandsSchema,
  coverageGoalSchema,
  type Milestone,
  milestoneSchema,
  outcomeGoalSchema,
} from '../machines/index.ts'
import { type ModelsSettings, modelsSettingsSchema } from '../providers/index.ts'
import { type GateSettings, gatesSchema } from '../workspace/index.ts'
import { systemReason, UserError } from './errors.ts'
import { expectation, wayThrough } from './expectation.ts'

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

const roadmapSchema = z.strictObject({
  milestones: z.array(milestoneInFile).min(1).optional(),
  workers: workersSchema.optional(),
  models: modelsSettingsSchema.optional(),
  budget: budgetSchema.optional(),
  gates: gatesSchema.optional(),
  commands: commandsSchema.optional(),
})

export interface Roadmap {
  /** Absent: the file says other things only. */
  readonly milestones?: readonly Milestone[]
  readonly workers?: number
  readonly models?: ModelsSettings
  readonly budget?: Budget
  readonly gates?: GateSettings
  readonly commands?: Commands
}

type Path = readonly (string | number)[]
interface Mistake {
  readonly path: Path
  readonly sentence: string
  /** It is about the field's name, not its value. */
  readonly atName?: true
}

const EXAMPLE = `A roadmap looks like this:
  milestones:
    - id: parsers
      name: The parsers are tested
      goal: { branch-coverage: 90 }
      priority: 1
      deadline: 2027-03-31
    - id: json
      name: The report can be read by programs
      goal:
        outcome: A --json option that prints the report as one JSON object.
        accept: [node cli.js report --json | node -e 'JSON.parse(require("fs").readFileSync(0))']
  workers: 2`

/** The roadmap in a file; undefined when there is no such file. */
export async function readRoadmap(file: string): Promise<Roadmap | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new UserError('roadmap_unreadable', `${file} cannot be read: ${systemReason(error)}`, EXAMPLE)
  }
  return parseRoadmap(text, file)
}

/** The roadmap in a text; `file` is only named in the errors. */
export function parseRoadmap(text: string, file: string): Roadmap {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const refuse = (mistakes: readonly { offset: number; sentence: string }[]): never => {
    const told = mistakes.map(({ offset, sentence }) => {
      const { line, col } = lines.linePos(offset)
      return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}: ${sentence}`
    })
    throw new UserError('roadmap_invalid', told.join('\n'), EXAMPLE)
  }
  if (document.errors.length > 0) {
    refuse(document.errors.map((error) => ({ offset: error.pos[0], sentence: firstLine(error.message) })))
  }
  const value = plain(document, refuse)
  const parsed = roadmapSchema.safeParse(value)
  const mistakes = parsed.success
    ? crossChecks(parsed.data.milestones ?? [])
    : parsed.error.issues.flatMap((issue) => mistakesOf(issue, value))
  if (!parsed.success || mistakes.length > 0) {
    return refuse(
      mistakes.map((mistake) => ({ offset: offsetOf(document, mistake), sentence: mistake.sentence })),
    )
  }
  const { workers, models, budget, gates, commands, milestones } = parsed.data
  return {
    ...(milestones && { milestones: milestones.map(toMilestone) }),
    ...(workers !== undefined && { workers }),
    ...(models && { models }),
    ...(budget && { budget }),
    ...(gates && { gates }),
    ...(commands && { commands }),
  }
}

function toMilestone(found: z.output<typeof milestoneInFile>): Milestone {
  const { 'branch-coverage': branchCoverage, outcome = '', accept = [] } = found.goal
  return { ...found, goal: branchCoverage === undefined ? { outcome, accept } : { branchCoverage } }
}

/** The document as plain values; an alias to nothing is only found out here. */
function plain(
  document: Document,
  refuse: (mistakes: { offset: number; sentence: string }[]) => never,
): unknown {
  try {
    return document.toJS() as unknown
  } catch (error) {
    return refuse([{ offset: 0, sentence: error instanceof Error ? error.message : String(error) }])
  }
}

function mistakesOf(issue: z.core.$ZodIssue, value: unknown): Mistake[] {
  const path = issue.path as Path
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key],
      sentence: `${fieldName([...path, key])} is not known here; expected one of ${knownFields(path).join(', ')}`,
      atName: true,
    }))
  }
  const found = wayThrough(value, path)
  const state = found === undefined ? 'is missing' : `is ${JSON.stringify(found)}`
  return [{ path, sentence: `${fieldName(path)} ${state}; expected ${expectation(issue)}` }]
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
        sentence: `${fieldName(path)} is "${milestone.id}" a second time; expected an id of its own`,
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

function fieldName(path: Path): string {
  if (path.length === 0) return 'the file'
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`))
    .join('')
}

function knownFields(path: Path): string[] {
  const at = path.reduce<unknown>((schema, part) => {
    const inner = bare(schema)
    if (inner instanceof z.ZodArray) return inner.element
    return inner instanceof z.ZodObject ? inner.shape[part] : undefined
  }, roadmapSchema)
  const found = bare(at)
  return found instanceof z.ZodObject ? Object.keys(found.shape).sort() : []
}

/** Without what says that it may be absent or, instead of fields, something else. */
function bare(schema: unknown): unknown {
  if (schema instanceof z.ZodUnion) return schema.options.map(bare).find((one) => one instanceof z.ZodObject)
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? bare(schema.unwrap()) : schema
}

/** Where a field's value begins; of a missing field, where the nearest one around it begins. */
function offsetOf(document: Document, { path, atName }: Mistake): number {
  if (atName) {
    const around = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
    const pair = isMap(around)
      ? around.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
      : undefined
    if (isNode(pair?.key) && pair.key.range) return pair.key.range[0]
  }
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return node.range[0]
  }
  return 0
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text
}
