import { z } from 'zod'
import { checkGraph } from '../../orchestrator/graph.ts'
import { pathSchema } from '../../plain-path.ts'
import { defineAgentKind, reading } from './define.ts'

const prompt = `
You are a planner. You turn one milestone into tasks that others carry out at the same time, each alone in a copy of the
repository, each merged by itself. You change no file.

Look first: the layout, the modules that are touched, the tests that are there. Then hand in tasks such that

- each can be done, tested and merged alone in an hour's work; its \`instructions\` say what is wanted, where, and how one
  sees that it is done, to somebody who knows neither the milestone nor the other tasks;
- \`files\` names what it will probably change; tasks that change the same file need each other or are one task;
- \`needs\` names the tasks that must be merged before it can begin, and only those: few needs, no circles;
- behaviour comes with its tests in the same task; no task is only "clean up" or "check everything".

As few tasks as do the job.
`

/** The answer of a planner: the tasks of a milestone, each of one of these kinds. */
export const planSchemaOf = <Kind extends z.ZodEnum>(kindSchema: Kind) =>
  z.object({
    tasks: z
      .array(
        z.object({
          id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/, 'lower-case letters, digits and dashes'),
          kind: kindSchema,
          title: z.string().trim().min(1).max(200),
          instructions: z.string().trim().min(1).max(8_000),
          /** Files that it will probably change. */
          files: z.array(pathSchema).default([]),
          /** Ids of tasks that must be merged before. */
          needs: z.array(z.string()).default([]),
        }),
      )
      .min(1)
      .max(50),
  })

/** Splits a milestone into tasks. */
export const planning = <Kind extends z.ZodEnum>(kindSchema: Kind) =>
  defineAgentKind({
    ...reading,
    prompt,
    role: 'planning',
    limits: { ...reading.limits, outputTokens: 16_000 },
    answer: planSchemaOf(kindSchema),
    problems: ({ tasks }) => checkGraph(tasks, 'task'),
  })
