// Adversaries: models that lie, loop, cheat, waste and obey strangers, each through the whole system as a user starts
// it, on a copy of the sample repository; and one that simply does the work. `-- NAME...` plays only these.
//
// They speak a vendor's protocol to its own SDK, from a server on loopback. Nothing else is played: store, nats-server,
// git, sandbox, tests and gates are real.

import { players } from '../test/adversaries/players.ts'
import { tryPlayer } from '../test/adversaries/trial.ts'

export const title = 'Models that lie, loop, cheat, waste and obey strangers, through the whole system'

/** Those that the headline speaks of stand beside all that was seen of each. */
export async function run({
  only,
}: {
  readonly only: readonly string[]
}): Promise<Readonly<Record<string, unknown>>> {
  const unknown = only.filter((name) => !Object.hasOwn(players, name))
  if (unknown.length > 0)
    throw new Error(`no player is called ${unknown.join(', ')}; there are ${Object.keys(players).join(', ')}`)
  const trials: Record<string, object> = {}
  for (const [name, player] of Object.entries(players)) {
    if (only.length > 0 && !only.includes(name)) continue
    const trial = await tryPlayer(player, { sample: 'whole' })
    process.stderr.write(`${name}: ${trial.status}, ${trial.merged} merged, ${trial.seconds} s\n`)
    const { files: _, escapes, ...seen } = trial
    const blocked = trial.status === 'reached' ? 0 : 1
    trials[name] = { ...seen, blocked, escapes: escapes.length, escaped: escapes }
  }
  return { ...trials }
}
