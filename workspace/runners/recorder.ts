// Recorder
//
// Where Canopy's own reporters are, which run inside the sandbox as part of a test runner.

import { join } from 'node:path'

/** Their folder, which the sandbox must show. */
export const RECORDERS = join(import.meta.dirname, 'recorders')

export const recorder = (name: string): string => join(RECORDERS, name)
