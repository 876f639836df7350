// Doctor text
//
// Owns:   what `canopy doctor` prints for people.

import type { NamedFinding } from '../../app/index.ts'

export function doctorText(found: readonly NamedFinding[], isReady: boolean): string {
  const width = Math.max(...found.map(({ name }) => name.length))
  const lines = found.flatMap(({ name, state, found: what, consequence, wayOut }) => [
    `${state.padEnd(7)}  ${name.padEnd(width)}  ${what}`,
    ...(consequence === undefined ? [] : [`${' '.repeat(width + 11)}so: ${consequence}`]),
    ...(wayOut === undefined ? [] : [`${' '.repeat(width + 11)}way out: ${wayOut}`]),
  ])
  return [...lines, '', isReady ? 'Runs can start here.' : 'Runs cannot start here.'].join('\n')
}
