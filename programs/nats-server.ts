// NATS server
//
// Owns:   the finder of nats-server as users of the library call it.

import { type FindOptions, type FindResult, findTool } from './find-tool.ts'
import { natsServerTool } from './tool.ts'

export type { FindOptions, FindResult }

/**
 * Finds an executable `nats-server`: at `options.path`, else on the PATH, else in the cache folder, else it fetches one into
 * that folder: the official release, whose SHA-256 is compared, or Debian's package. Root is never needed and nothing outside the
 * cache folder is written. A look takes about 50 ms, a download at most 3 minutes.
 *
 * Never throws for what the machine or the network lacks: then the kind is `missing`, with the reason and the command by which a
 * person installs it.
 *
 * @example
 * const found = await findNatsServer()
 * if (found.kind === 'missing') throw new Error(found.reason)
 * const server = await startNatsServer({ binary: found.path, directory, keyring })
 */
export function findNatsServer(options: FindOptions = {}): Promise<FindResult> {
  return findTool(natsServerTool, options)
}
