// Commands
//
// Owns:   comparing the `canopy` commands and options of a page with the program.

import type { Command } from 'commander'
import { createProgram } from '../../cli/program.ts'
import { inlineCodeOf, type Page, shellLinesOf } from './page.ts'

/** The implementations of all commands, which do nothing. */
const nothing: never = new Proxy(() => Promise.resolve(nothing), {
  get: (_, name) => (name === 'then' ? undefined : nothing),
}) as never

const program = (): Command =>
  createProgram({ version: '0', commands: nothing, onCode: () => {}, write: () => {} })

/** The names of all commands, such as `run`. */
export function commandNames(): string[] {
  return program().commands.map((command) => command.name())
}

/** Commands in blocks that the program refuses, with the reason. */
export async function refusedCommands(page: Page): Promise<string[]> {
  const commands = shellLinesOf(page)
    .map((line) => line.replace(/^npm start -- /, 'canopy run ').replace(/^npm run canopy -- /, 'canopy '))
    .filter((line) => line.startsWith('canopy '))
  const refused: string[] = []
  for (const command of commands) {
    const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
    await program()
      .parseAsync(words.slice(1), { from: 'user' })
      .catch((error: Error) => refused.push(`${command}: ${error.message}`))
  }
  return refused
}

/** Commands in sentences that do not exist, or that have an option which does not exist. */
export function unknownCommands(page: Page): string[] {
  return inlineCodeOf(page)
    .filter((code) => /^canopy (?![A-Z]+\b)/.test(code))
    .flatMap((code) => faultsOf(code.split(' ').slice(1), program()))
}

/** Options in sentences that neither the program nor another program of this project has. */
export function unknownOptions(page: Page): string[] {
  const known = new Set([...OTHER_OPTIONS, ...optionsOf(program())])
  return inlineCodeOf(page)
    .flatMap((code) => /^--[a-z\d-]+/.exec(code)?.[0] ?? [])
    .filter((option) => !known.has(option))
}

/** Options of benchmarks, npm, Node and bubblewrap. */
const OTHER_OPTIONS = ['--quick', '--help', '--prefix', '--provenance', '--disable-sigusr1', '--bind-fd']

function faultsOf([first = '', ...rest]: readonly string[], command: Command): string[] {
  const inner = command.commands.find((each) => each.name() === first)
  if (inner) return faultsOf(rest, inner)
  if (command.parent === null) return [`canopy ${first} is no command`]
  const known = ['--help', ...command.options.flatMap(({ long, short }) => [long, short])]
  return [first, ...rest]
    .filter((word) => word.startsWith('-') && !known.includes(word))
    .map((option) => `canopy ${command.name()} has no option ${option}`)
}

function optionsOf(command: Command): string[] {
  return [...command.options.map(({ long }) => long ?? ''), ...command.commands.flatMap(optionsOf)]
}
