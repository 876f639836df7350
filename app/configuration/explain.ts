// Explain
//
// Owns:   everything that a configuration comes to: each value, which layer says it and where,
//         what of the repository's file does not count, and why.
// Leaves: deciding (layers.ts), writing it for people (cli/configuration/text.ts).

import { gateLimits } from '../../gates/index.ts'
import { DEFAULT_ROLES, KNOWN_PROVIDERS } from '../../providers/index.ts'
import type { DecidedConfiguration } from './configuration.ts'
import { type ConfigurationEntry, entriesOf, keyOf } from './entries.ts'
import { fieldText, type Layer, type LeftField } from './layers.ts'

interface ExplainedValue {
  readonly field: string
  readonly value: unknown
  readonly layer: Layer
  /** `file:line:column`, or what of the program it comes from. */
  readonly place?: string
}

/** A value that does not count, and why. */
export interface ExplainedLoss extends Omit<ExplainedValue, 'place'> {
  readonly place: string | undefined
  readonly reason: string
}

export function explained(decision: DecidedConfiguration) {
  const { userFile, repositoryFile, isTrusted, refused, overruled } = decision
  return {
    userFile: userFile?.path ?? null,
    repositoryFile: repositoryFile
      ? { path: repositoryFile.path, sha256: repositoryFile.sha256, isTrusted }
      : null,
    values: valuesIn(decision),
    refused: refused.map(leftJson),
    overruled: overruled.map(leftJson),
  }
}

function leftJson(left: LeftField): ExplainedLoss {
  const { value, layer, place, reason } = left
  return { field: fieldText(left), value, layer, place, reason }
}

function valuesIn(decision: DecidedConfiguration): ExplainedValue[] {
  const said = decision.values.map((entry) => ({
    field: fieldText(entry),
    value: entry.value,
    layer: entry.layer,
    ...(entry.place !== undefined && { place: entry.place }),
  }))
  return [...said, ...unsaid(decision)].toSorted((a, b) => a.field.localeCompare(b.field))
}

/** What the program has where no layer says anything. */
function unsaid({ values, configuration }: DecidedConfiguration): ExplainedValue[] {
  const isSaid = new Set(values.map(({ field }) => keyOf(field)))
  const policy = configuration.gates?.policy ?? 'balanced'
  const gates = entriesOf({ gates: gateLimits(configuration.gates) })
  const providers = Object.entries(KNOWN_PROVIDERS).map(([name, { baseUrl, keyVariable }]) => ({
    name,
    'base-url': baseUrl,
    'key-env': keyVariable,
  }))
  const models = entriesOf({ models: { providers, roles: DEFAULT_ROLES } })
  const asRow = (place: string | undefined) => (entry: ConfigurationEntry) => ({
    field: fieldText(entry),
    value: entry.value,
    layer: 'program' as const,
    ...(place !== undefined && { place }),
  })
  const isMoved = (name: unknown) => values.some(({ field }) => field[2] === name && field[3] === 'base-url')
  return [
    ...gates
      .filter(({ field }) => !isSaid.has(keyOf(field)))
      .map((entry) => asRow(entry.field[1] === 'policy' ? undefined : `policy ${policy}`)(entry)),
    ...models.filter(({ field }) => !isSaid.has(keyOf(field)) && !isMoved(field[2])).map(asRow(undefined)),
  ]
}
