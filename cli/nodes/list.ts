// List
//
// Owns:   `canopy nodes`: the nodes of a run, as they are written for people.

import { askNodes, type Control, type ListedNode } from '../../app/index.ts'
import type { DisplayOptions } from '../control-client.ts'
import { oneLine, timeSpan } from '../words.ts'

/** What `canopy nodes` prints. */
export async function nodes(control: Control, { json, colors }: DisplayOptions): Promise<string> {
  const listed = await askNodes(control)
  if (json) return JSON.stringify(listed)
  const head = ['name', 'host', 'process', 'workers', 'busy', 'since', 'last seen']
  const now = Math.max(...listed.map(({ seen }) => seen))
  const rows = listed.map((each) => row(each, now))
  const widths = head.map((name, at) => Math.max(name.length, ...rows.map((cells) => cells[at]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  return [colors.dim(line(head)), ...rows.map(line)].join('\n')
}

function row({ name, host, pid, workers, busy, since, seen }: ListedNode, now: number): string[] {
  const ago = (time: number): string => `${timeSpan((now - time) / 1000)} ago`
  return [oneLine(name), oneLine(host), `${pid}`, `${workers}`, `${busy}`, ago(since), ago(seen)]
}
