// Log text
//
// Owns:   how an entry of the log is written for people.
// Leaves: reading it (app/logs/read.ts).

import type { Colors } from 'picocolors/types.js'
import type { LogEntry } from '../../app/index.ts'
import { oneLine } from '../words.ts'

/** `10:12:01 info  task.merged  system.supervisor…  module=src/csv.ts cases=12`. */
export function prettyEntry(entry: LogEntry, colors: Colors): string {
  const { time, level, msg, actor, pid: _, ...rest } = entry
  const tone = {
    trace: colors.dim,
    debug: colors.dim,
    info: colors.green,
    warn: colors.yellow,
    error: colors.red,
    fatal: colors.red,
  }
  const fields = Object.entries(rest).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    return `${colors.dim(`${name}=`)}${oneLine(text)}`
  })
  return [
    colors.dim(time.slice(11, 19)),
    tone[level](level.padEnd(5)),
    oneLine(msg),
    ...(actor === undefined ? [] : [colors.cyan(oneLine(actor))]),
    ...fields,
  ].join(' ')
}
