// Explain
//
// Owns:   everything that a configuration comes to, for people and for programs: each value, which layer says it and where,
//         what of the repository's file does not count, and why.
// Leaves: deciding (layers.ts).

import { gateLimits } from '../../gates/index.ts'
import { DEFAULT_ROLES, KNOWN_PROVIDERS } from '../../providers/index.ts'
import type { Decision } from './configuration.ts'
import { printable, shown } from './document.ts'
import { type Entry, entriesOf, keyOf } from './entries.ts'
import { fieldText, type Layer, type LeftField } from './layers.ts'

interface ExplainedValue {
  readonly field: string
  readonly value: unknown
  readonly layer: Layer
  /** `file:line:column`, or what of the program it comes from. */
  readonly place?: string
}

/** Where the values come from, lowest first. */
const LAYERS: readonly Layer[] = ['program', 'user', 'repository', 'options']

export function explained(decision: Decision) {
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

export function explainedText(decision: Decision, { origins }: { readonly origins: boolean }): string {
  const { userFile, repositoryFile, values, refused, overruled } = explained(decision)
  const lines = values.map(({ field, value, layer, place }) =>
    [`${field}: ${shown(value)}`, ...(origins ? [originText(layer, place)] : [])].join('  '),
  )
  if (!origins) return lines.map(printable).join('\n')
  const trusted = repositoryFile?.isTrusted ? 'trusted' : 'not trusted'
  return [
    `layers: ${LAYERS.join(' < ')}`,
    `your own file: ${userFile ?? 'none'}`,
    `the repository's file: ${repositoryFile ? `${repositoryFile.path} (${trusted})` : 'none'}`,
    '',
    ...lines,
    ...section('refused; with this file nothing is begun:', refused),
    ...section('left out:', overruled),
  ]
    .map(printable)
    .join('\n')
}

function originText(layer: Layer, place: string | undefined): string {
  return `(${layer}${place === undefined ? '' : `: ${place}`})`
}

function section(title: string, left: readonly ReturnType<typeof leftJson>[]): string[] {
  if (left.length === 0) return []
  return [
    '',
    title,
    ...left.map(({ place, field, value, reason }) => `${place}: ${field} is ${shown(value)}; ${reason}`),
  ]
}

function leftJson(left: LeftField) {
  const { value, layer, place, reason } = left
  return { field: fieldText(left), value, layer, place, reason }
}

function valuesIn(decision: Decision): ExplainedValue[] {
  const said = decision.values.map((entry) => ({
    field: fieldText(entry),
    value: entry.value,
    layer: entry.layer,
    ...(entry.place !== undefined && { place: entry.place }),
  }))
  return [...said, ...unsaid(decision)].toSorted((a, b) => a.field.localeCompare(b.field))
}

/** What the program has where no layer says anything. */
function unsaid({ values, configuration }: Decision): ExplainedValue[] {
  const isSaid = new Set(values.map(({ field }) => keyOf(field)))
  const policy = configuration.gates?.policy ?? 'balanced'
  const gates = entriesOf({ gates: gateLimits(configuration.gates) })
  const providers = Object.entries(KNOWN_PROVIDERS).map(([name, { baseUrl, keyVariable }]) => ({
    name,
    'base-url': baseUrl,
    'key-env': keyVariable,
  }))
  const models = entriesOf({ models: { providers, roles: DEFAULT_ROLES } })
  const asRow = (place: string | undefined) => (entry: Entry) => ({
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
