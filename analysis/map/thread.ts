// Thread
//
// The thread that makes maps: it takes one order after the other and answers with the text. It caches the graphs of the last
// trees, so that another map of one costs only the ranking.
// Leaves: the time limit and the queue (map-thread.ts).

import { parentPort } from 'node:worker_threads'
import { keptGraphs } from './kept-graphs.ts'
import { drawMap, type MapOrder } from './map.ts'

const graphs = keptGraphs()

parentPort?.on('message', (order: MapOrder) => {
  parentPort?.postMessage(drawMap(order, undefined, graphs))
})
