// Models text
//
// Owns:   how `canopy models` writes for people which models there are and how they are asked.

import type { ConfiguredModel, ModelCheck, ModelConfiguration } from '../../providers/index.ts'

type ModelsAnswer = ModelConfiguration & { readonly kind: 'configured' }

export function modelsText(
  { models, roles, missing }: ModelsAnswer,
  checked: readonly ModelCheck[] | undefined,
): string {
  const chains = Object.entries(roles).map(([role, chain]) => {
    const [first = 'none that can be asked', ...others] = chain
    return `${role.padEnd(8)}  ${first}${others.length > 0 ? `, in its place ${others.join(', ')}` : ''}`
  })
  const all = models.map((model) =>
    modelText(
      model,
      checked?.find((each) => each.model === model.name),
    ),
  )
  const lacking = missing.map(
    ({ variable, models: wanted }) => `${wanted.join(', ')}\n  not to be asked: ${variable} is not set`,
  )
  return [chains.join('\n'), ...all, ...lacking].join('\n\n')
}

function modelText(model: ConfiguredModel, checked: ModelCheck | undefined): string {
  const { name, baseUrl, price, window, maxOutput, governor } = model
  const { tries, fallBackAfter, concurrency, requestsPerMinute, tokensPerMinute, breaker } = governor
  const pace = [
    `${concurrency.most} at once`,
    ...(requestsPerMinute === undefined ? [] : [`${requestsPerMinute} requests a minute`]),
    ...(tokensPerMinute === undefined ? [] : [`${tokensPerMinute} tokens a minute`]),
  ]
  return [
    `${name}  ${baseUrl}`,
    ...(checked ? [`  ${checkText(checked)}`] : []),
    `  ${price.input} usd in, ${price.output} usd out for a million tokens (${price.asOf}); window ${window}, answers up to ${maxOutput}`,
    `  at most ${pace.join(', ')}; ${tries} tries, another model after ${fallBackAfter}`,
    `  ends after ${seconds(governor.idleMs)} of silence, a try after ${seconds(governor.callMs)}, a question after ${seconds(governor.deadlineMs)}`,
    `  not asked for ${seconds(breaker.openMs)} after ${breaker.failures} failures within ${seconds(breaker.windowMs)}`,
  ].join('\n')
}

function checkText({ state, message }: ModelCheck): string {
  switch (state) {
    case 'there':
      return 'it is there'
    case 'ending':
      return `! ${message}`
    case 'missing':
      return `! ${message}`
    case 'unknown':
      return `not checked: ${message}`
    default:
      return state satisfies never
  }
}

function seconds(ms: number): string {
  return `${ms / 1_000} s`
}
