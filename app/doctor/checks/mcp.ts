// MCP check
//
// Owns:   whether the MCP servers of the user's own file can be started, and have the tools that it allows.
// Leaves: asking a server (agents/mcp/).

import { type DiscoveredServer, discover, type GrantedServer } from '../../../agents/index.ts'
import { UserError } from '../../errors.ts'
import { grantedServers } from '../../mcp/granted-servers.ts'
import { refusalOf, WAY_OUT } from '../../mcp/pin-servers.ts'
import { type DoctorCheck, type DoctorFinding, type ExaminedMachine, ok, weaker } from '../check.ts'

export const mcpServers: DoctorCheck = {
  name: 'mcp servers',
  look: (machine) =>
    asked(machine).catch((error: unknown) => {
      if (error instanceof UserError) return weaker(error.message, CONSEQUENCE, error.wayOut)
      throw error
    }),
}

const CONSEQUENCE = 'runs with a goal for agents are refused'

async function asked(machine: ExaminedMachine): Promise<DoctorFinding> {
  const settings = await machine.mcp()
  if (Object.keys(settings).length === 0) return ok('your own file names none')
  const sandbox = await machine.sandbox()
  if (sandbox === undefined) return ok('not asked, because there is no sandbox')
  const servers = grantedServers(settings, machine)
  const answers = await Promise.all(
    servers.map(async (granted) => ({ granted, found: await discover(granted, { sandbox }) })),
  )
  const refused = answers.flatMap(({ granted, found }) =>
    found.kind === 'refused' ? [refusalOf(granted, found)] : [],
  )
  if (refused.length === 0) return ok(answers.map(({ granted, found }) => wordsOf(granted, found)).join('; '))
  return weaker(refused.join('; '), CONSEQUENCE, WAY_OUT)
}

function wordsOf({ name, effect }: GrantedServer, found: DiscoveredServer): string {
  if (found.kind === 'refused') return name
  const { tools, others, info } = found
  return `${name} (${info.name} ${info.version}, ${effect}) offers ${tools.length} of ${tools.length + others.length} tools`
}
