// Run recording
//
// Owns:   `recording.jsonl` in a run's directory: where the run began, what it decided, and what it left on its
//         branches; enough to run it again and to say whether that came to the same.
// Leaves: replies of models, which are in the run's store.
//
// R1. A line is written when its fact was told, so after the commit. A torn line is passed over, and no line is written behind it.
// R2. A process that failed before it could write how the run begins leaves that to the next one.

import { appendFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { gatesSchema } from '../../gates/index.ts'
import {
  budgetSchema,
  commandsSchema,
  modelSchema,
  modelsInUseSchema,
  type RunFact,
  type RunReport,
} from '../../machines/index.ts'
import { protocolSchema } from '../../providers/index.ts'
import { openUserRepository } from '../../workspace/index.ts'
import { type HookedChanges, hookedSchema } from '../hooks/hooked-changes.ts'
import type { RunModels } from '../models/models.ts'
import { inFlightOf } from '../run/in-flight.ts'
import type { RunDirectory } from '../run/run-directory.ts'
import type { RunSettings } from '../settings/settings.ts'
import { decisionOf } from './decisions.ts'
import { type RecordedStep, stepSchema } from './order.ts'

/** `scripted`: a model of a test, asked nowhere. */
const recordedProtocolSchema = z.enum([...protocolSchema.options, 'scripted'])

const lineSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('began'),
    /** The commit that was checked out. */
    start: z.string(),
    workers: z.number(),
    sandbox: z.boolean(),
    /** The folder of packages that was named. */
    packages: z.string().optional(),
    /** Something was not committed. Work begins at the commit all the same; `canopy.yaml` was read as it was. */
    dirty: z.boolean(),
    /** As all layers of the configuration decided them. */
    said: z.object({ gates: gatesSchema.optional(), commands: commandsSchema.optional() }),
    /** How many tasks were under way at once at most. */
    inFlight: z.number(),
    budget: budgetSchema,
    /** Without keys, and without the places where they are asked. */
    models: z
      .object({
        inUse: modelsInUseSchema,
        models: z.array(modelSchema.extend({ protocol: recordedProtocolSchema })),
      })
      .optional(),
    /** Names of the agent commands that it used. */
    agents: z.array(z.string()).optional(),
  }),
  z.object({ type: z.literal('decided'), decision: z.string() }),
  z.object({ type: z.literal('stepped'), step: stepSchema }),
  z.object({ type: z.literal('hooked'), verdict: hookedSchema }),
  z.object({ type: z.literal('left'), branch: z.string(), tree: z.string() }),
  z.object({ type: z.literal('ended'), status: z.string() }),
])
type RecordingLine = z.infer<typeof lineSchema>

/** A recorded run. */
export interface RunRecording {
  readonly began: RecordingLine & { type: 'began' }
  readonly decisions: ReadonlySet<string>
  readonly steps: readonly RecordedStep[]
  /** What the hook before a merge said, in order. */
  readonly hooked: readonly HookedChanges[]
  /** Tree hashes, by branch. */
  readonly trees: ReadonlyMap<string, string>
  /** Absent: it is not over. */
  readonly status?: string
}

const fileOf = (run: string): string => join(run, 'recording.jsonl')

interface RunRecorder {
  take(fact: RunFact): void
  step(step: RecordedStep): void
  hooked(verdict: HookedChanges): void
  /** The run is over. */
  end(report: RunReport): Promise<void>
}

/** Writes down what a run decides; what a killed process wrote before stays. */
export async function recordRun(
  { path, resumed }: RunDirectory,
  settings: RunSettings,
  trouble: (error: unknown) => void,
): Promise<RunRecorder> {
  const { repository, packages, workers, sandbox, allowDirty, budget, models } = settings
  const { gates, commands, nats, agentCommands } = settings
  const write = (line: RecordingLine): void => {
    try {
      appendFileSync(fileOf(path), `${JSON.stringify(line)}\n`)
    } catch (error) {
      trouble(error)
    }
  }
  const user = await openUserRepository({ repository, directory: join(path, 'recording') })
  const before = await readFile(fileOf(path), 'utf8').catch(() => '')
  if (before !== '' && !before.endsWith('\n')) endTornLine(path, trouble)
  if (!resumed || before === '') {
    const start = await user.head().catch(() => undefined)
    const dirty = allowDirty && start !== undefined && (await user.isDirty())
    if (start)
      write({
        type: 'began',
        start,
        workers,
        sandbox,
        ...(packages !== undefined && { packages }),
        dirty,
        said: { ...(gates && { gates: gatesSchema.parse(gates) }), ...(commands && { commands }) },
        inFlight: inFlightOf({ workers, nats }),
        budget,
        ...(models && { models: named(models) }),
        ...(agentCommands && { agents: Object.keys(agentCommands.settings) }),
      })
  }
  return {
    take(fact) {
      const decision = decisionOf(fact)
      if (decision !== undefined) write({ type: 'decided', decision })
    },
    step: (step) => write({ type: 'stepped', step }),
    hooked: (verdict) => write({ type: 'hooked', verdict }),
    async end({ status, milestones }) {
      for (const branch of new Set(milestones.flatMap((each) => each.branch ?? []))) {
        const tree = await user.tree(branch).catch(() => undefined)
        write({ type: 'left', branch, tree: tree ?? 'not published' })
      }
      write({ type: 'ended', status })
    },
  }
}

function endTornLine(path: string, trouble: (error: unknown) => void): void {
  try {
    appendFileSync(fileOf(path), '\n')
  } catch (error) {
    trouble(error)
  }
}

/** What a run recorded; undefined when it recorded nothing. */
export async function readRecording(path: string): Promise<RunRecording | undefined> {
  const text = await readFile(fileOf(path), 'utf8').catch(() => '')
  const lines = text.split('\n').flatMap((line) => parsed(line) ?? [])
  const began = lines.find((line) => line.type === 'began')
  if (!began) return undefined
  const ended = lines.findLast((line) => line.type === 'ended')
  return {
    began,
    decisions: new Set(lines.flatMap((line) => (line.type === 'decided' ? [line.decision] : []))),
    steps: lines.flatMap((line) => (line.type === 'stepped' ? [line.step] : [])),
    hooked: lines.flatMap((line) => (line.type === 'hooked' ? [line.verdict] : [])),
    trees: new Map(
      lines.flatMap((line) => (line.type === 'left' ? [[line.branch, line.tree] as const] : [])),
    ),
    ...(ended && { status: ended.status }),
  }
}

function named({ inUse, models }: RunModels) {
  return {
    inUse,
    models: models.map(({ name, price, window, maxOutput, protocol }) => ({
      name,
      price,
      window,
      maxOutput,
      protocol,
    })),
  }
}

function parsed(line: string): RecordingLine | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}
