// Edit text
//
// Finds a piece of text in a file, and explains why it is not there exactly once.

import { nearest } from './nearest.ts'
import { hashOf } from './versions.ts'

const MAX_PLACES = 1000
const MAX_SHOWN = 30
/** Shorter lines occur anywhere. */
const TELLING = 8

/** A file with CRLF is edited with CRLF, although models never see it. */
export function inEndingsOf(text: string, piece: string): string {
  const all = text.split('\n').length - 1
  const crlf = text.split('\r\n').length - 1
  return crlf > 0 && crlf === all && !piece.includes('\r') ? piece.replaceAll('\n', '\r\n') : piece
}

/** Every start of the piece, overlapping ones too. */
export function placesOf(text: string, piece: string): number[] {
  const places: number[] = []
  for (let at = text.indexOf(piece); at >= 0 && places.length < MAX_PLACES; at = text.indexOf(piece, at + 1))
    places.push(at)
  return places
}

export function replacedAt(text: string, at: number, length: number, by: string): string {
  return `${text.slice(0, at)}${by}${text.slice(at + length)}`
}

export function lineAt(text: string, at: number): number {
  return text.slice(0, at).split('\n').length
}

interface Misfit {
  readonly path: string
  readonly text: string
  readonly old: string
  readonly fresh: string
}

/** Why a piece is not in the text, as far as that can be told. */
export function missing({ path, text, old, fresh }: Misfit): string {
  const head = `Nothing was changed in ${path}: the old text is not in it.`
  const there = fresh.trim().length < TELLING ? [] : placesOf(text, fresh)
  if (there.length === 1)
    return `${head} The new text is there already, at ${linesOfPlaces(text, there)}; this edit may be done.`
  const near = nearest(text, old)
  if (near === undefined) return `${head} No similar text is there; read the file again.`
  const shown = near.lines
    .slice(0, MAX_SHOWN)
    .map((line, at) => `${String(near.line + at).padStart(5)}\t${line}`)
  const left = near.lines.length - shown.length
  const more = left > 0 ? `\n[${left} more lines]` : ''
  const how = near.onlySpacing
    ? 'It differs only in spaces or tabs from these lines'
    : 'The most similar text'
  return `${head} ${how}:\n${shown.join('\n')}${more}\nCopy the old text from there, without the line numbers.`
}

export function ambiguous(path: string, text: string, places: readonly number[]): string {
  const where = linesOfPlaces(text, places)
  return `Nothing was changed in ${path}: the old text is in it ${places.length} times, at ${where}. Add lines around the one you mean.`
}

function linesOfPlaces(text: string, places: readonly number[]): string {
  const lines = places.slice(0, 10).map((at) => lineAt(text, at))
  const more = places.length > 10 ? ` and ${places.length - 10} more` : ''
  return `${places.length === 1 ? 'line' : 'lines'} ${lines.join(', ')}${more}`
}

/** The version of the text with this piece replaced. */
export function hashWith(text: string, at: number, length: number, by: string): string {
  return hashOf(replacedAt(text, at, length, by))
}
