// Attacks by paths: what a repository, a sandboxed command, a node or an archive puts where Canopy reads, writes, removes
// and mounts.

import { playGroup } from './play-group.ts'

await playGroup('paths')
