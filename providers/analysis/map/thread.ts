// Thread
//
// Owns:   the thread in which a map is made: it takes one order and gives back the text.

import { parentPort, workerData } from 'node:worker_threads'
import { drawMap, type MapOrder } from './map.ts'

parentPort?.postMessage(drawMap(workerData as MapOrder))
