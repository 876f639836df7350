// Attacks by paths: what a repository, a sandboxed command, a node or an archive puts where Canopy reads, writes, removes
// and mounts.

import { vi } from 'vitest'
import { playGroup } from './play-group.ts'

vi.setConfig({ testTimeout: 240_000 })

await playGroup('paths')
