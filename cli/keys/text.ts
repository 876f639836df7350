// Keys text
//
// Owns:   how keys are listed for people; of a key only its public half is shown.

import type { ListedKey } from '../../app/index.ts'

export function keysText(keys: readonly ListedKey[]): string {
  const head = ['member', 'role', 'key', 'issued', 'expires', 'state']
  const rows = keys.map(({ member, role, user, issued, expires, state }) => [
    member,
    role,
    user.slice(0, 12),
    issued,
    expires,
    state,
  ])
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  return [head, ...rows].map(line).join('\n')
}
