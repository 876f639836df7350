// Once before all tests: the programs that they run, found or fetched as a run does.

import { bubblewrapTool, findTool, natsServerTool } from '../programs/index.ts'

export default async function setup(): Promise<void> {
  for (const tool of [natsServerTool, bubblewrapTool]) {
    const found = await findTool(tool, { onProgress: (sentence) => process.stderr.write(`${sentence}\n`) })
    if (found.kind === 'missing') throw new Error(`${found.reason}\nInstall it: ${found.command}`)
  }
}
