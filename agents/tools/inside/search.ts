// Search
//
// The program that searches files for a pattern: reads one request on stdin and writes the matches.
// Leaves: choosing files (search.ts), its sandbox.
//
// It runs in the sandbox: a link leads nowhere, and a pattern that never ends is stopped with it.

import { readFileSync, statSync, writeSync } from 'node:fs'

const order = JSON.parse(readFileSync(0, 'utf8'))
const pattern = new RegExp(order.source, order.flags)
const files = []
let matches = 0
let left = order.mostLines
for (const path of order.files) {
  const found = search(path)
  if (found === undefined) continue
  matches += found.matches
  files.push({ path, ...found })
}
writeSync(1, JSON.stringify({ matches, files: files.slice(0, order.mostFiles), inFiles: files.length }))

function search(path: string) {
  const lines = textOf(path)?.split(/\r?\n/)
  const hits = lines?.flatMap((line, at) => (pattern.test(line) ? [at] : []))
  if (lines === undefined || hits === undefined || hits.length === 0) return undefined
  const shown = new Map<number, { line: number; text: string; hit: boolean }>()
  for (const hit of hits.slice(0, Math.max(0, left))) {
    for (
      let at = Math.max(0, hit - order.around);
      at <= Math.min(lines.length - 1, hit + order.around);
      at += 1
    ) {
      const text = (lines[at] ?? '').slice(0, order.longestLine)
      shown.set(at, { line: at + 1, text, hit: shown.get(at)?.hit === true || at === hit })
    }
  }
  left -= hits.length
  return { matches: hits.length, lines: [...shown.values()] }
}

function textOf(path: string): string | undefined {
  try {
    if (statSync(path).size > order.mostBytes) return undefined
    const bytes = readFileSync(path)
    return bytes.includes(0) ? undefined : bytes.toString('utf8')
  } catch {
    return undefined
  }
}
