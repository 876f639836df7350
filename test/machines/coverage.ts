// Prints how much of every machine is reached by what can happen to it: npm run coverage:machines [-- --json]
// Ends with 1 when a state or a transition is neither reached nor explained.

import { type CoverageShare, machineCoverage } from '../../kernel/index.ts'
import { walks } from './walks.ts'

const coverages = walks.map(([actor, options]) => machineCoverage(actor, options))

if (process.argv.includes('--json')) {
  const rows = coverages.map(({ paths, ...coverage }) => ({ ...coverage, paths: paths.length }))
  process.stdout.write(`${JSON.stringify(rows)}\n`)
} else {
  print('machine', 'states', 'transitions', 'situations', 'paths')
  for (const { kind, states, transitions, situations, paths, explained } of coverages) {
    print(kind, shareOf(states), shareOf(transitions), String(situations), String(paths.length))
    for (const each of [...states.missing, ...transitions.missing])
      process.stdout.write(`  not reached: ${each}\n`)
    for (const [each, reason] of Object.entries(explained)) process.stdout.write(`  ${each}: ${reason}\n`)
  }
}
process.exitCode = coverages.every(({ states, transitions }) => isWhole(states) && isWhole(transitions))
  ? 0
  : 1

function print(kind: string, ...columns: readonly string[]): void {
  process.stdout.write(`${kind.padEnd(14)}${columns.map((column) => column.padStart(14)).join('')}\n`)
}

function shareOf({ covered, total }: CoverageShare): string {
  return `${covered} of ${total}`
}

function isWhole({ covered, total }: CoverageShare): boolean {
  return covered === total
}
