// Whoever holds the credential of a node, an operator or a viewer.

import { playGroup } from './play-group.ts'

await playGroup('nats')
