// Task finder
//
// Owns:   finding files and earlier changes for a task by the user's embedding model, with the words as the way without it.
// Leaves: asking the model (providers/), comparing words (analysis/), what an agent is shown (run/agents.ts).
//
// T1. A task starts without the model when it fails: words alone decide, the output says why once, and the model is asked
//     again after 5 minutes.
// T2. What it found is recorded with the run, so that a repeated start and a replay get the same.
// T3. Secrets are removed from texts before they are sent.

import { createHash } from 'node:crypto'
import { z } from 'zod'
import { filesForTask, LastUsed, similarChanges } from '../../analysis/index.ts'
import type { EarlierWork, Redactor } from '../../machines/index.ts'
import type { Embedder } from '../../providers/index.ts'

export interface FindOrder {
  readonly brief: string
  readonly root: string
  readonly files: readonly string[]
  readonly tree: string
  /** Newest first. */
  readonly history: readonly EarlierWork[]
  readonly signal: AbortSignal
}

export interface TaskFindings {
  /** Paths, the most similar first; absent: words alone decide. */
  readonly similar?: readonly string[]
  /** The most similar first. */
  readonly earlier: readonly EarlierWork[]
}

export type TaskFinder = (order: FindOrder) => Promise<TaskFindings>

/** Where findings are recorded (T2). */
export interface FindingRecords {
  get(key: string): Promise<unknown>
  put(key: string, record: unknown): Promise<void>
}

interface FinderParts {
  /** Absent: in a replay, and where none is configured. */
  readonly embedder?: Embedder | undefined
  readonly records?: FindingRecords | undefined
  readonly redactor: Redactor
  /** Shows a sentence to the user. */
  readonly say: (sentence: string) => void
  /** Milliseconds, from any start. */
  readonly now: () => number
}

/** After a failure: a server that hangs would delay each task. */
const PAUSE_MS = 5 * 60_000
const MAX_FILES = 100
const MAX_CHANGES = 50
const MAX_SHOWN_CHANGES = 5
const MAX_TASK_CHARACTERS = 4_000
const MAX_MESSAGE_CHARACTERS = 500
/** With 1,024 numbers each they take 32 MB. */
const MAX_VECTORS = 4_000

const recordSchema = z.object({ similar: z.array(z.string()).optional(), earlier: z.array(z.int()) })
type FindingRecord = z.infer<typeof recordSchema>
type Vector = readonly number[]

/** By words alone. */
export const findByWords: TaskFinder = async ({ brief, history }) => ({
  earlier: similarChanges(brief, history),
})

export function openTaskFinder({ embedder, records, redactor, say, now }: FinderParts): TaskFinder {
  const vectors = new LastUsed<Vector>(MAX_VECTORS)
  let isFailing = false
  let pausedUntil = Number.NEGATIVE_INFINITY

  async function embedded(texts: readonly string[], signal: AbortSignal): Promise<Vector[] | undefined> {
    const missing = [...new Set(texts)].filter((text) => vectors.get(digestOf(text)) === undefined)
    if (now() < pausedUntil) return undefined
    const answer = missing.length === 0 ? undefined : await embedder?.embed(missing, { signal })
    signal.throwIfAborted()
    if (answer?.kind === 'failed') {
      if (!isFailing)
        say(
          `embeddings: ${embedder?.name}: ${answer.message}; files are found by their words; it is asked again after ${PAUSE_MS / 60_000} minutes`,
        )
      isFailing = true
      pausedUntil = now() + PAUSE_MS
      return undefined
    }
    if (answer) isFailing = false
    const fresh = new Map(missing.map((text, at) => [text, answer?.vectors[at]]))
    return texts.map((text) => {
      const vector = fresh.get(text) ?? vectors.get(digestOf(text)) ?? []
      vectors.keep(digestOf(text), vector)
      return vector
    })
  }

  async function find(order: FindOrder): Promise<FindingRecord> {
    const { brief, root, files, tree, history, signal } = order
    const words = similarChanges(brief, history, MAX_CHANGES)
    const byWords = { earlier: words.slice(0, MAX_SHOWN_CHANGES).map((change) => history.indexOf(change)) }
    if (!embedder) return byWords
    const candidates = await filesForTask(
      { root, files, tree, mentioned: [brief], candidates: MAX_FILES },
      { signal },
    )
    const texts = [
      brief.slice(0, MAX_TASK_CHARACTERS),
      ...candidates.map(({ path, text }) => `${path}\n${text}`),
      ...words.map(({ message }) => message.slice(0, MAX_MESSAGE_CHARACTERS)),
    ]
    const [task, ...others] = (await embedded(texts.map(redactor.text), signal)) ?? []
    if (task === undefined) return byWords
    const nearest = <Item>(items: readonly Item[], from: number): Item[] =>
      items
        .map((item, at) => ({ item, near: cosine(task, others[from + at] ?? []) }))
        .toSorted((one, other) => other.near - one.near)
        .map(({ item }) => item)
    const changes = nearest(words, candidates.length).slice(0, MAX_SHOWN_CHANGES)
    return {
      similar: nearest(candidates, 0).map(({ path }) => path),
      earlier: changes.map((change) => history.indexOf(change)),
    }
  }

  return async (order) => {
    const key = digestOf(JSON.stringify([order.tree, order.brief]))
    const known = recordSchema.safeParse(await records?.get(key)).data
    const found = known ?? (await find(order))
    if (!known && embedder) await records?.put(key, found)
    const { similar } = found
    return {
      ...(similar && { similar }),
      earlier: found.earlier.flatMap((at) => order.history[at] ?? []),
    }
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** 0 for vectors that cannot be compared. */
function cosine(one: Vector, other: Vector): number {
  if (one.length !== other.length) return 0
  let [product, first, second] = [0, 0, 0]
  for (const [at, value] of one.entries()) {
    const against = other[at] ?? 0
    product += value * against
    first += value * value
    second += against * against
  }
  return product === 0 ? 0 : product / Math.sqrt(first * second)
}
