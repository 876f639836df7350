// Compare
//
// Owns:   the differences between two runs: their decisions and their branches.

import type { RunRecording } from './run-recording.ts'

/** A line for each difference, trees first; empty when the runs came to the same. */
export function differences(recorded: RunRecording, replayed: RunRecording): string[] {
  const branches = new Set([...recorded.trees.keys(), ...replayed.trees.keys()])
  const trees = [...branches].flatMap((branch) => {
    const [was = 'not there', is = 'not there'] = [recorded.trees.get(branch), replayed.trees.get(branch)]
    return was === is ? [] : [`tree of ${branch}: recorded ${was}, now ${is}`]
  })
  const status =
    recorded.status === replayed.status
      ? []
      : [`the run: recorded ${recorded.status ?? 'no end'}, now ${replayed.status ?? 'no end'}`]
  return [
    ...trees,
    ...status,
    ...missing(recorded.decisions, replayed.decisions).map((each) => `only recorded: ${each}`),
    ...missing(replayed.decisions, recorded.decisions).map((each) => `only now:      ${each}`),
  ]
}

function missing(from: ReadonlySet<string>, inside: ReadonlySet<string>): string[] {
  return [...from].filter((each) => !inside.has(each)).toSorted()
}
