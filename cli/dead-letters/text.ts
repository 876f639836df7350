// Dead letter text
//
// Owns:   dead letters as text for people. Their content comes from others: it cannot move the cursor.

import type { Colors } from 'picocolors/types.js'
import type { DeadLetterRow, ReplayResult } from '../../app/index.ts'
import { oneLine } from '../words.ts'

export function listText(letters: readonly DeadLetterRow[], colors: Colors): string {
  if (letters.length === 0) return 'no dead letters'
  const rows = letters.map((letter) => [
    String(letter.id),
    timeText(letter.at),
    letter.reason,
    oneLine(letter.event),
    oneLine(letter.to),
    [replayText(letter), oneLine(letter.error ?? '')].filter((part) => part !== '').join('; '),
  ])
  const table = [['id', 'when', 'reason', 'event', 'to', ''], ...rows]
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  return table
    .map((row, at) => {
      const line = row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()
      return at === 0 ? colors.dim(line) : line
    })
    .join('\n')
}

export function letterText(letter: unknown, colors: Colors): string {
  const text = JSON.stringify(letter, null, 2)
  return text.replace(/^( {2}"\w+"):/gm, (_, name: string) => `${colors.dim(name)}:`)
}

export function resultText(results: readonly ReplayResult[], colors: Colors): string {
  if (results.length === 0) return 'no dead letter to replay'
  return results
    .map(({ id, outcome, message }) => {
      if (outcome === 'refused') return colors.red(`${id}  not replayed: ${oneLine(message ?? '')}`)
      return `${id}  ${outcome === 'sent' ? 'sent again' : 'the next start sends it'}`
    })
    .join('\n')
}

function replayText({ replay }: DeadLetterRow): string {
  if (!replay) return ''
  const when = timeText(replay.at)
  if (replay.state === 'sent') return `replayed ${when}`
  if (replay.state === 'asked') return 'the next start replays it'
  return `replay failed ${when}: ${oneLine(replay.reason ?? '')}`
}

function timeText(at: number): string {
  return new Date(at).toISOString().replace('T', ' ').slice(0, 19)
}
