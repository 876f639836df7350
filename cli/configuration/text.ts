// Configuration text
//
// Owns:   how a configuration is written for people: each value, with its place when that is asked for.
// Leaves: the decision (app/configuration/).

import {
  type DecidedConfiguration,
  type ExplainedLoss,
  explained,
  type Layer,
  printable,
  shown,
} from '../../app/index.ts'

/** Where the values come from, lowest first. */
const LAYERS: readonly Layer[] = ['program', 'user', 'repository', 'options']

export function explainedText(
  decision: DecidedConfiguration,
  { origins }: { readonly origins: boolean },
): string {
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
    ...section('refused; no run starts with this file:', refused),
    ...section('ignored:', overruled),
  ]
    .map(printable)
    .join('\n')
}

function originText(layer: Layer, place: string | undefined): string {
  return `(${layer}${place === undefined ? '' : `: ${place}`})`
}

function section(title: string, left: readonly ExplainedLoss[]): string[] {
  if (left.length === 0) return []
  return [
    '',
    title,
    ...left.map(({ place, field, value, reason }) => `${place}: ${field} is ${shown(value)}; ${reason}`),
  ]
}
