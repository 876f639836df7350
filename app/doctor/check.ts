// Doctor check
//
// Owns:   the form of one check of this machine and of its result.
// Leaves: the checks (checks/, one file each; add one to checks/all.ts), the words around them (cli/doctor/).

import type { McpSettings } from '../../agents/index.ts'
import type { Sandbox } from '../../workspace/index.ts'

export interface DoctorFinding {
  /** `weaker`: runs start, with less safety. `missing`: no run starts. */
  readonly state: 'ok' | 'weaker' | 'missing'
  /** What there is. */
  readonly found: string
  /** What that makes weaker or impossible. */
  readonly consequence?: string
  readonly wayOut?: string
}

export interface DoctorCheck {
  readonly name: string
  look(machine: ExaminedMachine): Promise<DoctorFinding>
}

/** What the checks ask of this machine; what several of them need is found once. */
export interface ExaminedMachine {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  /** Where runs keep their state. */
  readonly stateDirectory: string
  /** Of bubblewrap, as a run finds or fetches it; undefined when there is none. */
  bubblewrap(): Promise<{ readonly path: string; readonly version: string } | undefined>
  /** The MCP servers of the user's own file; throws when that file cannot be read. */
  mcp(): Promise<McpSettings>
  /** A sandbox that works; undefined when there is none. */
  sandbox(): Promise<Sandbox | undefined>
}

export const ok = (found: string): DoctorFinding => ({ state: 'ok', found })

export function weaker(found: string, consequence: string, wayOut: string): DoctorFinding {
  return { state: 'weaker', found, consequence, wayOut }
}

export function missing(found: string, consequence: string, wayOut: string): DoctorFinding {
  return { state: 'missing', found, consequence, wayOut }
}
