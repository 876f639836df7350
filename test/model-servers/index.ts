// Model servers
//
// Owns:   the door: servers that speak the vendors' protocols to the vendors' own SDKs, for tests and benchmarks.
//
//     await using server = await startModelServer({ decide: ({ turns }) => ({ text: `turn ${turns.length}` }) })
//     openModel({ protocol: 'anthropic', baseUrl: server.baseUrl('anthropic'), key: () => 'test-key', ... })
//
// `decide` sees the conversation in Canopy's words, whichever protocol it came by, and says text, tool calls, usage,
// an error, or a fault on the way back. All three protocols are spoken by every server.

export { AWS_CREDENTIALS, type CloudKind, type CloudServer, startCloudServer } from './clouds.ts'
export type {
  Asked,
  Decide,
  Served,
  ServedCall,
  ServedError,
  ServedProtocol,
  ServedReply,
} from './conversation.ts'
export { type Fault, faults, type Wire } from './faults.ts'
export { type LoggedRequest, type ModelServer, type ModelServerOptions, startModelServer } from './server.ts'
