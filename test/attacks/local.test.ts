// Other users of the machine, and input from whoever is asked: models, tools, requests.

import { playGroup } from './play-group.ts'

await playGroup('local')
