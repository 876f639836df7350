// Lists
//
// Owns:   the lists that a page must have complete: the names in the code, and the page that lists them.

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { exitCodes } from '../../cli/exit-codes.ts'
import { gatesUnder } from '../../gates/index.ts'
import { agentKinds, modelFailureSchema } from '../../machines/index.ts'
import { commandNames } from './commands.ts'
import { pageAt, project } from './page.ts'

interface CompleteList {
  readonly page: string
  readonly names: readonly string[]
  /** A name as the page writes it. */
  written(name: string): RegExp
}

const rooms = readdirSync(project).filter((name) => existsSync(join(project, name, 'index.ts')))
const decisions = readdirSync(join(project, 'docs/decisions')).filter((name) => name !== 'README.md')
/** A process that a signal ends has no report. */
const { interrupted: _, ...ends } = exitCodes

const inCode = (name: string): RegExp => new RegExp(`\`${name}\``)
const inFirstCell = (name: string): RegExp => new RegExp(`^\\| [^|]*\\b${name}\\b[^|]*\\|`, 'm')

export const completeLists: Readonly<Record<string, CompleteList>> = {
  'commands in the README': {
    page: 'README.md',
    names: commandNames().filter((name) => name !== 'version'),
    written: (name) => new RegExp(`^\\| \`canopy [^|]*\\b${name}\\b|^\\| [^|]*\`${name}\``, 'm'),
  },
  'exit codes in the README': {
    page: 'README.md',
    names: Object.values(ends).map(String),
    written: inFirstCell,
  },
  'exit codes for operators': {
    page: 'docs/operations.md',
    names: Object.values(ends).map(String),
    written: inFirstCell,
  },
  gates: {
    page: 'docs/gates.md',
    names: [...new Set(gatesUnder().map(({ name }) => name))],
    written: inFirstCell,
  },
  'kinds of agents': { page: 'docs/agents.md', names: Object.keys(agentKinds), written: inCode },
  'kinds of failures': {
    page: 'docs/models.md',
    names: modelFailureSchema.shape.kind.options,
    written: inCode,
  },
  rooms: { page: 'docs/internals.md', names: rooms, written: (name) => inCode(`${name}/`) },
  decisions: {
    page: 'docs/decisions/README.md',
    names: decisions,
    written: (name) => new RegExp(`\\(${name}\\)`),
  },
}

/** The names that a list lacks. */
export function missingIn({ page, names, written }: CompleteList): string[] {
  const { text } = pageAt(page)
  return names.filter((name) => !written(name).test(text))
}
