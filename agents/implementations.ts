// Agent implementations
//
// The implementations of an agent's invocations, under the names that its machine uses, with their durations.
// Leaves: each invocation to its file, when and how often it runs (actors/).
//
// An output is parsed before a machine sees it.

import type { ImplementationCall } from '../actors/index.ts'
import {
  type AgentInvocationInput,
  type AgentInvocationName,
  type AgentInvocationOutput,
  agentOutputSchemas,
  firstTurn,
  tokensIn,
} from '../machines/index.ts'
import { act } from './act.ts'
import { compact } from './compact.ts'
import { frameSize } from './own-tools.ts'
import type { AgentPorts, WithoutDuration } from './ports.ts'
import { think } from './think.ts'

type AgentWork = {
  readonly [Name in AgentInvocationName]: (
    input: AgentInvocationInput<Name>,
    call: ImplementationCall,
    ports: AgentPorts,
  ) => Promise<WithoutDuration<AgentInvocationOutput<Name>>>
}

const work: AgentWork = { begin, think, act, compact }

type AgentCallFor<Name extends AgentInvocationName> = ImplementationCall & {
  readonly input: AgentInvocationInput<Name>
}

/** The invocations of an agent's machine, by name. */
export type AgentImplementations = {
  readonly [Name in AgentInvocationName]: (call: AgentCallFor<Name>) => Promise<AgentInvocationOutput<Name>>
}

/** `begin`, `think`, `act` and `compact`, in the form that a node takes. */
export function createAgentImplementations(ports: AgentPorts): AgentImplementations {
  const { now = () => performance.now() } = ports
  const implementation =
    <Name extends AgentInvocationName>(name: Name) =>
    async (call: AgentCallFor<Name>): Promise<AgentInvocationOutput<Name>> => {
      const since = now()
      const output = await work[name](call.input, call, ports)
      const timed = { ...output, ms: Math.max(0, now() - since) }
      return agentOutputSchemas[name].parse(timed) as AgentInvocationOutput<Name>
    }
  return {
    begin: implementation('begin'),
    think: implementation('think'),
    act: implementation('act'),
    compact: implementation('compact'),
  }
}

async function begin(
  { order, brief, failures }: AgentInvocationInput<'begin'>,
  { signal }: ImplementationCall,
  { transcripts, toolboxOf, introduce }: AgentPorts,
): Promise<WithoutDuration<AgentInvocationOutput<'begin'>>> {
  const toolbox = toolboxOf(order)
  const tree = await toolbox.tree()
  const { map = '', rules, earlier = [] } = (await introduce?.(order, { brief, tree, signal })) ?? {}
  const turn = firstTurn({ brief, site: order.site, failures, map, earlier, ...(rules && { rules }) })
  const head = await transcripts.appendTurn(null, turn)
  const size = frameSize(order, toolbox) + tokensIn([turn])
  return { head, size, tree, ...(rules && { rules: rules.shown.map(({ path }) => path) }) }
}
