import type { DoctorCheck } from '../check.ts'
import { mcpServers } from './mcp.ts'
import { account, cache, disk } from './places.ts'
import { git, natsServer, node, npm } from './programs.ts'
import { bubblewrap, cgroup, keyring, namespaces, systemCalls } from './sandbox.ts'

/** In the order in which they are told. */
export const CHECKS: readonly DoctorCheck[] = [
  node,
  git,
  npm,
  natsServer,
  bubblewrap,
  namespaces,
  systemCalls,
  keyring,
  cgroup,
  disk,
  cache,
  account,
  mcpServers,
]
