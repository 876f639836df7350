// Recorded
//
// Owns:   what comes between those who ask models and the models: each answer is kept before anybody gets it, and what
//         is kept is not asked for again.
// Leaves: asking (governor/), where recordings are (persistence/).
//
// P1. Nobody gets an answer that is not kept. The same key again gets the kept reply: it is not paid twice, whatever
//     became of who asked first.
// P2. Replaying asks nobody. A request gets what was recorded for the same request, under its key or, if the run took
//     another order, under another; one that was never recorded is an error that shows the difference.
// P3. Keys and authorizations are taken out before anything is kept; what is given out is what is kept.
// P4. A pause and a question that was given up are not answers: they are not kept.

import type { Answer, Asker, Question } from '../governor/asker.ts'
import { type Canonical, canonical } from './canonical.ts'
import { difference, sharedStart } from './difference.ts'
import { type Recording, type ReplyStore, recordingOf } from './recording.ts'
import { redactor } from './redaction.ts'

export interface RecorderOptions {
  readonly store: ReplyStore
  /** `strict`: as `replay`, and what was recorded must all be asked for. */
  readonly mode?: 'record' | 'replay' | 'strict'
  /** Keys in use: taken out of what is kept wherever they stand. */
  readonly secrets?: readonly string[]
  readonly now: () => number
}

export interface Recorder extends Asker {
  /** When all is over: what a strict replay found amiss, a line each. Empty in the other modes. */
  finish(): Promise<readonly string[]>
}

/** A request that nobody recorded. */
export class UnrecordedRequest extends Error {
  readonly code = 'UNRECORDED_REQUEST'
  readonly key: string
  readonly difference: readonly string[]

  constructor(key: string, lines: readonly string[]) {
    super(`${key}: this request was not recorded\n${lines.map((line) => `  ${line}`).join('\n')}`)
    this.key = key
    this.difference = lines
  }
}

/** Keeps what `asker` answers, or plays back what was kept; `asker` is not used by a replay. */
export function recorded(asker: Asker, options: RecorderOptions): Recorder {
  const { mode = 'record' } = options
  const recorder = mode === 'record' ? new Tape(asker, options) : new Replay(options)
  return {
    ask: (question) => recorder.ask(question),
    finish: async () => (mode === 'strict' && recorder instanceof Replay ? recorder.amiss() : []),
  }
}

class Tape implements Asker {
  readonly #asker: Asker
  readonly #options: RecorderOptions
  readonly #redact: (value: unknown) => unknown
  readonly #underWay = new Map<string, Promise<Answer>>()

  constructor(asker: Asker, options: RecorderOptions) {
    this.#asker = asker
    this.#options = options
    this.#redact = redactor(options.secrets ?? [])
  }

  /** Who asks under a key that is being asked for waits for the same answer. */
  ask(question: Question): Promise<Answer> {
    const { key } = question
    const before = this.#underWay.get(key)
    if (before) return before
    const asked = this.#ask(question).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, asked)
    return asked
  }

  async #ask(question: Question): Promise<Answer> {
    const { store, now } = this.#options
    const { key, request, chain } = question
    const kept = await recordingOf(store, key)
    if (kept?.answer.kind === 'replied') return kept.answer as Answer
    const answer = await this.#asker.ask(question)
    if (!isFinal(answer)) return answer
    const { parts, ...canonicalRequest } = canonical(request, this.#redact)
    const clean = this.#redact(answer) as Answer
    await store.put(key, { at: now(), chain, ...canonicalRequest, answer: clean }, parts)
    return clean
  }
}

class Replay implements Asker {
  readonly #store: ReplyStore
  readonly #redact: (value: unknown) => unknown
  #recordings: Promise<ReadonlyMap<string, Recording>> | undefined
  readonly #used = new Set<string>()
  readonly #unmatched: UnrecordedRequest[] = []

  constructor({ store, secrets = [] }: RecorderOptions) {
    this.#store = store
    this.#redact = redactor(secrets)
  }

  async ask({ key, request }: Question): Promise<Answer> {
    const asked = canonical(request, this.#redact)
    const all = await this.#all()
    const found = this.#find(key, asked, all)
    if (found === undefined) throw await this.#unrecorded(key, asked, all)
    this.#used.add(found.key)
    return found.recording.answer as Answer
  }

  async amiss(): Promise<string[]> {
    const unused = [...(await this.#all()).keys()].filter((key) => !this.#used.has(key))
    return [
      ...this.#unmatched.map(({ message }) => message),
      ...unused.map((key) => `${key}: was recorded and not asked for`),
    ]
  }

  #find(key: string, { hash }: Canonical, all: ReadonlyMap<string, Recording>) {
    const own = all.get(key)
    if (own?.hash === hash) return { key, recording: own }
    const [other] = [...all]
      .filter(([each, recording]) => recording.hash === hash && !this.#used.has(each))
      .toSorted(([, one], [, two]) => one.at - two.at)
    return other && { key: other[0], recording: other[1] }
  }

  async #unrecorded(key: string, asked: Canonical, all: ReadonlyMap<string, Recording>) {
    const own = all.get(key)
    const [nearest] = [...all.values()].toSorted(
      (one, two) => sharedStart(asked, two) - sharedStart(asked, one),
    )
    const other = own ?? nearest
    const lines = other ? await difference(asked, other, this.#store) : ['nothing was recorded at all']
    // All of it is there, and was given to somebody else.
    const error = new UnrecordedRequest(key, lines.length > 0 ? lines : ['it was recorded once, and is used'])
    this.#unmatched.push(error)
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

function isFinal(answer: Answer): boolean {
  return answer.kind === 'replied' || (answer.kind === 'failed' && answer.failure.kind !== 'aborted')
}
