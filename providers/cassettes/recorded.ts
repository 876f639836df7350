// Recorded
//
// Owns:   what comes between those who ask models and the models: each answer is kept before anybody gets it, and what
//         is kept is not asked for again.
// Leaves: asking (governor/), where recordings are (persistence/).
//
// P1. Nobody gets an answer that is not kept. The same key again gets the kept reply: it is not paid twice, whatever
//     became of who asked first.
// P2. A replay asks no model. A request gets the recorded answer to the same request, under its key or, if the run took
//     another order, under another. One that differs, in the same conversation and of the same length, gets what was
//     said there, and that is told: what commands print is not always the same. Strictly, it is an error that shows
//     the difference, as one is that was never recorded at all.
// P3. Keys and authorizations are removed before an answer is stored; callers get the stored answer.
// P4. A pause and a question that was given up are not answers: they are not kept.

import { createRedactor, type ModelRequest, type ModelResult, type Redactor } from '../../machines/index.ts'
import type { ModelClient } from '../governor/asker.ts'
import type { ModelQuestion } from '../governor/question.ts'
import { type Canonical, canonical } from './canonical.ts'
import { difference, sharedStart } from './difference.ts'
import { type Recording, type ReplyStore, recordingOf, sealOf } from './recording.ts'

interface RecorderOptions {
  readonly store: ReplyStore
  /** `strict`: as `replay`, but only for the same requests, and every recorded request must be asked. */
  readonly mode?: 'record' | 'replay' | 'strict'
  /** Removes the keys in use from stored texts; when absent, only what has the form of a key is removed. */
  readonly redactor?: Redactor
  readonly now: () => number
}

interface RecordingClient extends ModelClient {
  /**
   * When all is over, what a replay found amiss, a line each: requests that differ from those that were recorded;
   * strictly, also recorded requests that were never asked. Empty when it recorded.
   */
  finish(): Promise<readonly string[]>
}

/** A request that nobody recorded. */
export class UnrecordedRequest extends Error {
  readonly code = 'UNRECORDED_REQUEST'
  readonly key: string
  readonly difference: readonly string[]

  constructor({ key, request }: Pick<ModelQuestion, 'key' | 'request'>, lines: readonly string[]) {
    super(`${placeOf(key, request)}: this request was not recorded\n${indented(lines)}`)
    this.key = key
    this.difference = lines
  }
}

/** Stores the answers of `asker`, or plays stored ones back; a replay does not use `asker`. */
export function recorded(asker: ModelClient, options: RecorderOptions): RecordingClient {
  const { mode = 'record' } = options
  const recorder =
    mode === 'record' ? new ModelRecorder(asker, options) : new ReplayClient(options, mode === 'strict')
  return {
    ask: (question) => recorder.ask(question),
    finish: async () => (recorder instanceof ReplayClient ? recorder.amiss() : []),
  }
}

class ModelRecorder implements ModelClient {
  readonly #asker: ModelClient
  readonly #options: RecorderOptions
  readonly #redact: (value: unknown) => unknown
  readonly #underWay = new Map<string, Promise<ModelResult>>()

  constructor(asker: ModelClient, options: RecorderOptions) {
    this.#asker = asker
    this.#options = options
    this.#redact = (options.redactor ?? createRedactor([])).value
  }

  /** Who asks under a key that is being asked for waits for the same answer. */
  ask(question: ModelQuestion): Promise<ModelResult> {
    const { key } = question
    const before = this.#underWay.get(key)
    if (before) return before
    const asked = this.#ask(question).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, asked)
    return asked
  }

  async #ask(question: ModelQuestion): Promise<ModelResult> {
    const { store, now } = this.#options
    const { key, request, chain } = question
    const kept = await recordingOf(store, key)
    if (kept?.answer.kind === 'replied') return kept.answer
    const answer = await this.#asker.ask(question)
    if (!isFinal(answer)) return answer
    const { parts, ...canonicalRequest } = canonical(request, this.#redact)
    const clean = this.#redact(answer) as ModelResult
    const { hash } = canonicalRequest
    const seal = sealOf({ hash, answer: clean })
    const conversation = request.cacheKey === undefined ? {} : { conversation: request.cacheKey }
    const recording = { at: now(), chain, ...canonicalRequest, ...conversation, seal, answer: clean }
    await store.put(key, recording, parts)
    return clean
  }
}

class ReplayClient implements ModelClient {
  readonly #store: ReplyStore
  readonly #redact: (value: unknown) => unknown
  readonly #strict: boolean
  #recordings: Promise<ReadonlyMap<string, Recording>> | undefined
  readonly #used = new Set<string>()
  readonly #amiss: string[] = []

  constructor({ store, redactor = createRedactor([]) }: RecorderOptions, strict: boolean) {
    this.#store = store
    this.#redact = redactor.value
    this.#strict = strict
  }

  async ask(question: ModelQuestion): Promise<ModelResult> {
    const { key, request } = question
    const asked = canonical(request, this.#redact)
    const all = await this.#all()
    const same = sameRequest(key, asked, all, this.#used)
    const found = same ?? (this.#strict ? undefined : this.#samePlace(request, asked, all))
    if (found === undefined) throw await this.#unrecorded(question, asked, all)
    this.#used.add(found)
    const recording = all.get(found) as Recording
    if (same === undefined) {
      const lines = await difference(asked, recording, this.#store)
      this.#amiss.push(`${placeOf(key, request)}: not quite what was recorded\n${indented(lines)}`)
    }
    return recording.answer
  }

  async amiss(): Promise<string[]> {
    const unused = this.#strict ? [...(await this.#all()).keys()].filter((key) => !this.#used.has(key)) : []
    return [...this.#amiss, ...unused.map((key) => `${key}: was recorded and not asked for`)]
  }

  /** Of the same conversation and as long, the most alike of those that nobody has had yet. */
  #samePlace({ cacheKey, turns }: ModelRequest, asked: Canonical, all: ReadonlyMap<string, Recording>) {
    if (cacheKey === undefined) return undefined
    const [best] = [...all]
      .filter(([key, { conversation, turns: then }]) => {
        return conversation === cacheKey && then.length === turns.length && !this.#used.has(key)
      })
      .toSorted(([, one], [, two]) => sharedStart(asked, two) - sharedStart(asked, one) || one.at - two.at)
    return best?.[0]
  }

  async #unrecorded(question: ModelQuestion, asked: Canonical, all: ReadonlyMap<string, Recording>) {
    const own = all.get(question.key)
    const [nearest] = [...all.values()].toSorted(
      (one, two) => sharedStart(asked, two) - sharedStart(asked, one),
    )
    const other = own ?? nearest
    const lines = other ? await difference(asked, other, this.#store) : ['nothing was recorded at all']
    // All of it is there, and was given to somebody else.
    const error = new UnrecordedRequest(
      question,
      lines.length > 0 ? lines : ['it was recorded once, and is used'],
    )
    this.#amiss.push(error.message)
    return error
  }

  #all(): Promise<ReadonlyMap<string, Recording>> {
    this.#recordings ??= this.#read()
    return this.#recordings
  }

  async #read(): Promise<ReadonlyMap<string, Recording>> {
    const all = new Map<string, Recording>()
    for await (const key of this.#store.keys()) {
      const recording = await recordingOf(this.#store, key)
      if (recording) all.set(key, recording)
    }
    return all
  }
}

/** The key under which this very request was recorded: its own if it may be. */
function sameRequest(
  key: string,
  { hash }: Canonical,
  all: ReadonlyMap<string, Recording>,
  used: ReadonlySet<string>,
): string | undefined {
  if (all.get(key)?.hash === hash) return key
  const [other] = [...all]
    .filter(([each, recording]) => recording.hash === hash && !used.has(each))
    .toSorted(([, one], [, two]) => one.at - two.at)
  return other?.[0]
}

/** Where in a run somebody asked, in words that say more than the key. */
function placeOf(key: string, { cacheKey, turns }: ModelRequest): string {
  const length = `${turns.length} ${turns.length === 1 ? 'turn' : 'turns'}`
  return cacheKey === undefined ? key : `${cacheKey}, after ${length} (${key})`
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n')
}

function isFinal(answer: ModelResult): boolean {
  return answer.kind === 'replied' || (answer.kind === 'failed' && answer.failure.kind !== 'aborted')
}
