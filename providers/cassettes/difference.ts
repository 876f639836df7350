// Difference
//
// Owns:   where a request differs from a recorded one, in a few lines for people.

import type { Canonical } from './canonical.ts'
import type { Recording, ReplyStore } from './recording.ts'

const BEFORE = 40
const SHOWN = 120

/** How much of the beginning two requests share: the nearest recording shows the change best. */
export function sharedStart(request: Canonical, recording: Recording): number {
  const one = [request.system, request.tools, request.frame, ...request.turns]
  const other = [recording.system, recording.tools, recording.frame, ...recording.turns]
  const first = one.findIndex((digest, at) => digest !== other[at])
  return first < 0 ? one.length : first
}

export async function difference(
  request: Canonical,
  recording: Recording,
  store: Pick<ReplyStore, 'part'>,
): Promise<string[]> {
  const lines: string[] = []
  const compare = async (what: string, is: string | undefined, was: string | undefined): Promise<void> => {
    if (is === was) return
    const isText = is === undefined ? undefined : request.parts.get(is)
    const wasText = was === undefined ? undefined : await store.part(was)
    lines.push(...told(what, isText, wasText))
  }
  await compare('the system prompt', request.system, recording.system)
  await compare('the tools', request.tools, recording.tools)
  await compare('limits and choices', request.frame, recording.frame)
  const length = Math.max(request.turns.length, recording.turns.length)
  const first = Array.from({ length }, (_, at) => at).find((at) => request.turns[at] !== recording.turns[at])
  if (request.turns.length !== recording.turns.length)
    lines.push(`turns: recorded ${recording.turns.length}, now ${request.turns.length}`)
  // Those after it follow from it.
  if (first !== undefined) await compare(`turn ${first + 1}`, request.turns[first], recording.turns[first])
  return lines
}

function told(what: string, is: string | undefined, was: string | undefined): string[] {
  if (was === undefined) return [`${what}: was not there; now ${excerpt(is ?? '', 0)}`]
  if (is === undefined) return [`${what}: is missing; recorded ${excerpt(was, 0)}`]
  let at = 0
  while (at < is.length && is[at] === was[at]) at += 1
  return [
    `${what}, at character ${at}:`,
    `  recorded ${excerpt(was, at - BEFORE)}`,
    `  now      ${excerpt(is, at - BEFORE)}`,
  ]
}

function excerpt(text: string, from: number): string {
  const start = Math.max(0, from)
  return `${start > 0 ? '…' : ''}${text.slice(start, start + SHOWN)}${text.length > start + SHOWN ? '…' : ''}`
}
