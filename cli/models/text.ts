// Models text
//
// Owns:   how `canopy models` writes for people which models there are and how they are asked.

import type { ListedModel, ListedModels } from '../../app/index.ts'

export function modelsText({ models, roles, missing, embeddings }: ListedModels): string {
  const chains = Object.entries(roles).map(([role, chain]) => {
    const [first = 'none available', ...others] = chain
    return `${role.padEnd(8)}  ${first}${others.length > 0 ? `, then ${others.join(', ')}` : ''}`
  })
  const lacking = missing.map(
    ({ variable, models: wanted }) => `${wanted.join(', ')}\n  not available: ${variable} is not set`,
  )
  const embedder = embeddings ? [embeddingsText(embeddings)] : []
  return [chains.join('\n'), ...models.map(modelText), ...embedder, ...lacking].join('\n\n')
}

function modelText({ check, ...model }: ListedModel): string {
  const { name, baseUrl, price, window, maxOutput, governor } = model
  const { tries, fallBackAfter, concurrency, requestsPerMinute, tokensPerMinute, breaker } = governor
  const pace = [
    `${concurrency.most} at once`,
    ...(requestsPerMinute === undefined ? [] : [`${requestsPerMinute} requests a minute`]),
    ...(tokensPerMinute === undefined ? [] : [`${tokensPerMinute} tokens a minute`]),
  ]
  return [
    `${name}  ${baseUrl}`,
    ...(check ? [`  ${checkText(check)}`] : []),
    `  ${price.input} usd in, ${price.output} usd out for a million tokens (${price.asOf}); window ${window}, answers up to ${maxOutput}`,
    `  at most ${pace.join(', ')}; ${tries} tries, the next model after ${fallBackAfter}`,
    `  gives up after ${seconds(governor.idleMs)} of silence; limits: ${seconds(governor.callMs)} a try, ${seconds(governor.deadlineMs)} a question`,
    `  paused for ${seconds(breaker.openMs)} after ${breaker.failures} failures within ${seconds(breaker.windowMs)}`,
  ].join('\n')
}

function embeddingsText({ name, baseUrl, check }: NonNullable<ListedModels['embeddings']>): string {
  const lines = [`${name}  ${baseUrl}`, ...(check ? [`  ${checkText(check)}`] : [])]
  return [...lines, '  embeddings: finds files and earlier changes for a task'].join('\n')
}

function checkText({ state, message }: NonNullable<ListedModel['check']>): string {
  switch (state) {
    case 'there':
      return 'available'
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
