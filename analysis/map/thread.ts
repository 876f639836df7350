// Thread
//
// Owns:   the thread in which maps are made: it takes one order after the other and gives back the text. It keeps what it
//         read of the last trees, so that the next map of one costs no more than the ranking.
// Leaves: the time limit and the queue (map-thread.ts).

import { parentPort } from 'node:worker_threads'
import { keptGraphs } from './kept-graphs.ts'
import { drawMap, type MapOrder } from './map.ts'

const graphs = keptGraphs()

parentPort?.on('message', (order: MapOrder) => {
  parentPort?.postMessage(drawMap(order, undefined, graphs))
})
