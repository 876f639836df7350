// Draw
//
// Writes a map as text: the best definitions below their files, as many as the budget holds, and the number left out.
//
// D1. The text never exceeds the budget, and the same parts give the same text.

import type { Definition } from './graph.ts'

export interface Drawing {
  /** Best first. */
  readonly definitions: readonly Definition[]
  /** All files, those that are worth a name first. */
  readonly files: readonly string[]
  readonly unread: number
  readonly budgetTokens: number
}

/** Vendors count differently; for source, one token for three and a half characters errs on the safe side. */
export function tokensOf(text: string): number {
  return Math.ceil(text.length / 3.5)
}

export function draw(drawing: Drawing): string {
  const { definitions, files, budgetTokens } = drawing
  const total = definitions.length + files.length
  let fits = 0
  let tooMuch = total + 1
  while (tooMuch - fits > 1) {
    const middle = Math.floor((fits + tooMuch) / 2)
    if (tokensOf(drawFirst(drawing, middle)) <= budgetTokens) fits = middle
    else tooMuch = middle
  }
  const text = drawFirst(drawing, fits)
  return tokensOf(text) <= budgetTokens ? text : ''
}

/** First definitions are drawn, then names of files that have none yet. */
function drawFirst({ definitions, files, unread }: Drawing, count: number): string {
  const below = new Map<string, string[]>()
  for (const { path, signature } of definitions.slice(0, count)) {
    const lines = below.get(path) ?? []
    lines.push(`  ${signature}`)
    below.set(path, lines)
  }
  const bare = files.slice(0, Math.max(0, count - definitions.length)).filter((path) => !below.has(path))
  const mapped = [...below.keys()]
    .sort()
    .map((path) => `${path}\n${[...new Set(below.get(path))].join('\n')}`)
  const left = files.length - below.size - bare.length
  return [
    ...mapped,
    ...(bare.length > 0 ? [foldersOf(bare)] : []),
    ...(left > 0 ? [`[${left} of ${files.length} files are not named here]`] : []),
    ...(unread > 0 ? [`[${unread} source files were not read: too many or too large]`] : []),
  ].join('\n')
}

/** Names only, a line for each folder. */
function foldersOf(paths: readonly string[]): string {
  const folders = new Map<string, string[]>()
  for (const path of paths) {
    const end = path.lastIndexOf('/') + 1
    const names = folders.get(path.slice(0, end)) ?? []
    names.push(path.slice(end))
    folders.set(path.slice(0, end), names)
  }
  const lines = [...folders].sort((a, b) => (a[0] < b[0] ? -1 : 1))
  return lines
    .map(([folder, names]) => `${folder === '' ? './' : folder} ${names.sort().join(' ')}`)
    .join('\n')
}
