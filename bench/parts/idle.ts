// Idle: the bytes that each of so many idle actors takes in this process, printed. Run by the memory benchmark.

import { createActor } from 'xstate'
import { member, openCrowd, startMembers } from './crowd.ts'

const [side = '', count = '', directory = ''] = process.argv.slice(2)
const actors = Number(count)
/** Before what is measured, so that code and caches are there already. */
const WARM_UP = 200

const bytes = side === 'bare' ? bare() : await inNode(side === 'asleep')
process.stdout.write(String(bytes / actors))

function bare(): number {
  const kept = Array.from({ length: WARM_UP }, () => createActor(member).start())
  const before = used()
  for (let n = 0; n < actors; n += 1) kept.push(createActor(member).start())
  const taken = used() - before
  return kept.length > 0 ? taken : 0
}

async function inNode(asleep: boolean): Promise<number> {
  let left = WARM_UP
  let slept = Promise.withResolvers<void>()
  const crowd = await openCrowd({
    directory,
    ...(asleep && { passivateAfterMs: 50 }),
    tell: (fact) => {
      if (fact.type === 'actor.passivated' && --left === 0) slept.resolve()
    },
  })
  await startMembers(crowd, WARM_UP)
  if (asleep) await slept.promise
  left = actors
  slept = Promise.withResolvers()
  const before = used()
  await startMembers(crowd, actors)
  if (asleep) await slept.promise
  // What is settled lazily is written with the next commit.
  await crowd.store.writeMeta('bench', 1)
  const taken = used() - before
  await crowd.close()
  return taken
}

function used(): number {
  for (let times = 0; times < 3; times += 1) globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
