// Likely files
//
// Orders files by how well their words fit a task in words, without a model: BM25 over words, and the cosine of hashed
// parts of words, fused by their ranks.
// Leaves: the order by references (rank.ts), reading the files (sources.ts).
//
// F1. A file is counted once for each content: a task on a tree with one changed file counts that one file.
// F2. The same files and words give the same order.

import { createHash } from 'node:crypto'
import { LastUsed } from './last-used.ts'

export type CountedFiles = ReadonlyMap<string, CountedText>

export interface CountedText {
  readonly words: ReadonlyMap<string, number>
  readonly length: number
  /** Counts of hashed trigrams. */
  readonly parts: Float32Array
}

const BUCKETS = 1024
const K1 = 1.2
const B = 0.75
/** A word in the path says as much as this many in the text. */
const PATH_WEIGHT = 8
/** Of reciprocal rank fusion, as its authors chose it. */
const FUSION = 60
const MAX_COUNTED = 8_000
const MAX_TASK_CHARACTERS = 4_000

const counted = new LastUsed<CountedText>(MAX_COUNTED)

/**
 * The paths of files that fit the task, the likeliest first; none for a task without words. `similar`: another order of them, which
 * counts as much as one of the two by words.
 */
export function likelyFiles(task: string, files: CountedFiles, similar: readonly string[] = []): string[] {
  const asked = countedText(task.slice(0, MAX_TASK_CHARACTERS))
  if (asked.words.size === 0) return []
  const paths = [...files.keys()].sort()
  const texts = paths.flatMap((path) => files.get(path) ?? [])
  const orders = [byWords(asked, texts), byParts(asked, texts)].map((scores) => orderOf(paths, scores))
  return fused([...orders, similar.filter((path) => files.has(path))])
}

/** Whether a text has a word of the task, of 3 letters or more. */
export function sharesWord(task: string, { words }: CountedText): boolean {
  return [...wordsIn(task.slice(0, MAX_TASK_CHARACTERS))].some((word) => word.length > 2 && words.has(word))
}

/** The words of each text, by any name that does not count. */
export function countTexts(texts: ReadonlyMap<string, string>): CountedFiles {
  return new Map([...texts].map(([name, text]) => [name, countedText(text)]))
}

/** The words of each file, by path. */
export function countFiles(texts: ReadonlyMap<string, string>): CountedFiles {
  return new Map([...texts].map(([path, text]) => [path, countedFile(path, text)]))
}

/** Reciprocal rank fusion: the files that all orders name early come first. */
function fused(orders: readonly (readonly string[])[]): string[] {
  const scores = new Map<string, number>()
  for (const order of orders)
    for (const [at, path] of order.entries())
      scores.set(path, (scores.get(path) ?? 0) + 1 / (FUSION + at + 1))
  return [...scores].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([path]) => path)
}

/** Those with a score, best first. */
function orderOf(paths: readonly string[], scores: readonly number[]): string[] {
  return paths
    .map((path, at) => ({ path, score: scores[at] ?? 0 }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || (a.path < b.path ? -1 : 1))
    .map(({ path }) => path)
}

function byWords(asked: CountedText, files: readonly CountedText[]): number[] {
  const mean = files.reduce((sum, { length }) => sum + length, 0) / Math.max(1, files.length)
  const scores = new Array<number>(files.length).fill(0)
  for (const word of asked.words.keys()) {
    const having = files.filter(({ words }) => words.has(word)).length
    if (having === 0) continue
    const rarity = Math.log(1 + (files.length - having + 0.5) / (having + 0.5))
    for (const [at, { words, length }] of files.entries()) {
      const count = words.get(word)
      if (count === undefined) continue
      const share = (count * (K1 + 1)) / (count + K1 * (1 - B + (B * length) / mean))
      scores[at] = (scores[at] ?? 0) + rarity * share
    }
  }
  return scores
}

function byParts(asked: CountedText, files: readonly CountedText[]): number[] {
  const having = new Float32Array(BUCKETS)
  for (const { parts } of files)
    for (const [at, count] of parts.entries()) if (count > 0) having[at] = (having[at] ?? 0) + 1
  const rarity = having.map((count) => Math.log(1 + files.length / (1 + count)))
  const weighed = ({ parts }: CountedText) => parts.map((count, at) => Math.sqrt(count) * (rarity[at] ?? 0))
  const question = weighed(asked)
  return files.map((file) => cosine(question, weighed(file)))
}

function cosine(a: Float32Array, b: Float32Array): number {
  let product = 0
  let first = 0
  let second = 0
  for (const [at, value] of a.entries()) {
    const other = b[at] ?? 0
    product += value * other
    first += value * value
    second += other * other
  }
  return product === 0 ? 0 : product / Math.sqrt(first * second)
}

/** F1. */
function countedFile(path: string, text: string): CountedText {
  const name = createHash('sha1').update(`${path}\0`).update(text).digest('base64')
  const known = counted.get(name)
  if (known !== undefined) return known
  const file = countedText(text, path)
  counted.keep(name, file)
  return file
}

function countedText(text: string, path = ''): CountedText {
  const words = new Map<string, number>()
  const parts = new Float32Array(BUCKETS)
  let length = 0
  const count = (word: string, weight: number) => {
    words.set(word, (words.get(word) ?? 0) + weight)
    length += weight
    for (const bucket of bucketsOf(word)) parts[bucket] = (parts[bucket] ?? 0) + weight
  }
  for (const word of wordsIn(text)) count(word, 1)
  for (const word of wordsIn(path)) count(word, PATH_WEIGHT)
  return { words, length, parts }
}

/** Of prose: they name no file. */
const COMMON = new Set(
  'the and for with that this from not are was when use new set get has have will can all any but its also into only now more than then fix add chore feat test tests docs update const let var return function import export'.split(
    ' ',
  ),
)

/** `parseHTTPRequest` is `parse`, `http`, `request` and the whole. */
function* wordsIn(text: string): Generator<string> {
  for (const [whole] of text.matchAll(/[\p{L}\p{N}_$]+/gu)) {
    const pieces = whole
      .split(/_|(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/)
      .filter((piece) => piece.length > 1)
    for (const piece of new Set([...pieces, whole])) {
      const word = piece.toLowerCase()
      if (word.length > 1 && word.length < 60 && !COMMON.has(word)) yield stem(word)
    }
  }
}

/** Plural and past forms name the same thing: `retry`, `retries` and `retried`. */
function stem(word: string): string {
  return word.length > 4 ? word.replace(/(s|ed|ing)$/, '').replace(/(?<=.{3})[eiy]+$/, '') : word
}

/** FNV-1a of each trigram of the word between two ends. */
function* bucketsOf(word: string): Generator<number> {
  const padded = `^${word}$`
  for (let at = 0; at + 3 <= padded.length; at += 1) {
    let value = 0x811c9dc5
    for (let next = at; next < at + 3; next += 1)
      value = Math.imul(value ^ padded.charCodeAt(next), 0x01000193)
    yield (value >>> 0) % BUCKETS
  }
}
