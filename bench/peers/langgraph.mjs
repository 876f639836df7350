// LangGraph: a graph of one node that counts, a thread for each key, every checkpoint written to SQLite before the answer.

import { join } from 'node:path'
import { Annotation, END, START, StateGraph } from '@langchain/langgraph'
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite'
import { measure } from './measure.mjs'

const [many, few, directory] = process.argv.slice(2)

const State = Annotation.Root({
  count: Annotation({ reducer: (one, other) => one + other, default: () => 0 }),
})
const graph = new StateGraph(State)
  .addNode('increment', () => ({ count: 1 }))
  .addEdge(START, 'increment')
  .addEdge('increment', END)
  .compile({ checkpointer: SqliteSaver.fromConnString(join(directory, 'graph.sqlite')) })
const waiting = new Map()
const figures = await measure(increment, { many: Number(many), few: Number(few) })
process.stdout.write(JSON.stringify(figures))
process.exit(0)

/** One run of a thread after the other, as a thread has no queue of its own. */
function increment(key) {
  const config = { configurable: { thread_id: key }, durability: 'sync' }
  const next = (waiting.get(key) ?? Promise.resolve()).then(() => graph.invoke({ count: 0 }, config))
  waiting.set(key, next)
  return next
}
