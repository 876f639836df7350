// List
//
// Owns:   the nodes of a run, as they are answered and as they are written for people.

import { z } from 'zod'
import type { Node } from '../../actors/index.ts'
import type { Control, ControlHandler } from '../../transport/index.ts'
import { ask, type Shown } from '../control-client.ts'
import { oneLine, timeSpan } from '../words.ts'
import { HOME, type Presence, presenceHere, presenceSchema } from './presence.ts'
import type { Roster } from './roster.ts'

const nodeSchema = presenceSchema.extend({
  name: z.string(),
  seen: z.number(),
  /** It has the repository. */
  home: z.boolean(),
})
const answerSchema = z.array(nodeSchema)
type Listed = z.infer<typeof nodeSchema>

/** What the verb `nodes` answers: this process first, then all others by name. */
export function nodesVerb(
  roster: Pick<Roster, 'look'>,
  node: Pick<Node, 'actors'>,
  about: Omit<Presence, 'host' | 'pid' | 'busy' | 'agents'>,
): ControlHandler {
  return async () => {
    const busy = node.actors.filter(({ kind, state }) => kind === 'worker' && state !== 'idle').length
    const here = { ...presenceHere({ ...about, busy }), name: HOME, seen: Date.now(), home: true }
    const others = (await roster.look()).map((each) => ({ ...each, home: false }))
    return { ok: true, value: [here, ...others] }
  }
}

/** What `canopy nodes` prints. */
export async function nodes(control: Control, { json, colors }: Shown): Promise<string> {
  const listed = answerSchema.parse(await ask(control, 'nodes', {}))
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

function row({ name, host, pid, workers, busy, since, seen }: Listed, now: number): string[] {
  const ago = (time: number): string => `${timeSpan((now - time) / 1000)} ago`
  return [oneLine(name), oneLine(host), `${pid}`, `${workers}`, `${busy}`, ago(since), ago(seen)]
}
