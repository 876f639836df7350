// Thread
//
// The thread that makes maps: it takes one order after the other and answers with the text, or with files for a task. It caches the graphs of the last
// trees, so that another map of one costs only the ranking.
// Leaves: the time limit and the queue (map-thread.ts).

import { parentPort } from 'node:worker_threads'
import { keptGraphs } from './kept-graphs.ts'
import { type CandidatesOrder, candidateFiles, drawMap, type MapOrder } from './map.ts'

const graphs = keptGraphs()

parentPort?.on('message', (order: MapOrder | CandidatesOrder) => {
  const answer = 'candidates' in order ? candidateFiles(order, graphs) : drawMap(order, undefined, graphs)
  parentPort?.postMessage(answer)
})
