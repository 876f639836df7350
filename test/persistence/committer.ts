// A process that commits without end and says what is durable: for tests that kill it.
//
//     node committer.ts <directory>    prints `ready`, then each sequence after its commit resolved

import { PersistentMap } from '../../kernel/index.ts'
import { openStore } from '../../persistence/index.ts'
import { assign, newborn } from './actor.ts'

const store = await openStore({ directory: process.argv[2] ?? '' })
let record = newborn('a', { counts: PersistentMap.empty<number>() })
process.stdout.write('ready\n')
for (;;) {
  // Three at once, as the loop does: each goes on from the one before, whether that is written or not.
  const commits = Array.from({ length: 3 }, () => {
    const counts = record.snapshot.context.counts as PersistentMap<number>
    const key = `key-${record.sequence % 50}`
    const next = assign(record, { counts: counts.set(key, (counts.get(key) ?? 0) + 1) })
    record = next.after
    return store.commit(next).then(() => process.stdout.write(`${next.after.sequence}\n`))
  })
  await Promise.all(commits)
}
