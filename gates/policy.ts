// Policy
//
// The list of all gates, those of each policy, and the settings under `gates` in a configuration file that replace
// limits of a policy.
// Leaves: the setting of a gate, with the limits of each policy (its own file, gate-setting.ts).
//
// Every policy requires that tests pass, that no test is weakened and that a change keeps to its task. A gate that is
// left out has a verdict that says so, which is never equal to a pass.

import { z } from 'zod'
import {
  isCoverageTask,
  qualitySchema,
  reviewPolicySchema,
  reviewUnder,
  type Task,
} from '../machines/index.ts'
import { advisories } from './advisories.ts'
import { agentScope } from './agent-scope.ts'
import { agreement } from './agreement.ts'
import { approval } from './approval.ts'
import { coverage } from './coverage.ts'
import { coverageChange } from './coverage-change.ts'
import { flakiness } from './flakiness.ts'
import { flakinessInPlace } from './flakiness-in-place.ts'
import { format } from './format.ts'
import type { Gate } from './gate.ts'
import { type ConfigurableGate, optionalLimits, type Strictness } from './gate-setting.ts'
import { integrity } from './integrity.ts'
import { lint } from './lint.ts'
import { mutation } from './mutation.ts'
import { proof } from './proof.ts'
import { regression } from './regression.ts'
import { scope } from './scope.ts'
import { secrets } from './secrets.ts'
import { size } from './size.ts'
import { substance } from './substance.ts'
import { tests } from './tests.ts'
import { types } from './type-check.ts'
import { leftOut } from './verdict.ts'

/** In the order in which verdicts name them. */
const FOR_AGENTS = [
  agentScope,
  approval,
  substance,
  size,
  integrity,
  secrets,
  types,
  lint,
  format,
  tests,
  regression,
  agreement,
  coverageChange,
  mutation,
  proof,
  flakinessInPlace,
  advisories,
] as const

/**
 * Gates for the tests that Canopy writes itself for one module, equal under every policy. These tests are new files,
 * or are added to such a file: `scope` checks that they weaken no existing test, and `integrity` is not needed.
 */
const FOR_COVERAGE = [scope, approval, secrets, types, lint, tests, coverage, flakiness] as const

type Configurable = Extract<(typeof FOR_AGENTS)[number], ConfigurableGate>
type SettingSchemas = { readonly [One in Configurable as One['name']]: One['setting']['schema'] }
type SettingLimits = { readonly [One in Configurable as One['name']]: ReturnType<One['setting']['limits']> }

const isConfigurable = (gate: (typeof FOR_AGENTS)[number]): gate is Configurable => 'setting' in gate

const CONFIGURABLE: readonly ConfigurableGate[] = FOR_AGENTS.filter(isConfigurable)

const settingSchemas = Object.fromEntries(
  CONFIGURABLE.map(({ name, setting }) => [name, setting.schema]),
) as SettingSchemas

export const gatesSchema = z.strictObject({
  policy: qualitySchema.default('balanced'),
  ...settingSchemas,
  /** Not a gate: the review when everything is merged. */
  review: optionalLimits(reviewPolicySchema.shape, '{ repairs: 1, from: warning, required: true }'),
})
/** The settings as written; absent ones are the policy's. */
export type GateSettings = z.input<typeof gatesSchema>
type ParsedGateSettings = z.output<typeof gatesSchema>

/** What a repository's own file may say of each gate and limit, by the field's name below `gates`. */
export const gateFields: Readonly<Record<string, Strictness | 'gate'>> = Object.fromEntries(
  CONFIGURABLE.flatMap(({ name, setting }) => [
    ...(setting.isOptional ? [[name, 'gate'] as const] : []),
    ...Object.entries(setting.stricter).map(([limit, stricter]) => [`${name}.${limit}`, stricter] as const),
  ]),
)

/** The limits of every gate under a policy and its settings; false: the gate is left out. */
export function gateLimits(settings: GateSettings = {}) {
  const said = gatesSchema.parse(settings)
  const limits = Object.fromEntries(
    CONFIGURABLE.map((gate) => [gate.name, limitsOf(gate, said)]),
  ) as SettingLimits
  return { policy: said.policy, ...limits, review: reviewUnder(said) ?? (false as const) }
}

export type GateLimits = ReturnType<typeof gateLimits>

function limitsOf({ name, setting }: ConfigurableGate, said: ParsedGateSettings): unknown {
  return setting.limits(said[name as keyof ParsedGateSettings], said.policy)
}

const ofAgents = (task: Task) => !isCoverageTask(task)

/** All gates of a policy, each for the tasks it applies to. */
export function gatesUnder(settings: GateSettings = {}): readonly Gate[] {
  const said = gatesSchema.parse(settings)
  const forAgents = FOR_AGENTS.map((gate) => (isConfigurable(gate) ? chosen(gate, said) : gate))
  const forCoverage = FOR_COVERAGE.map((gate) => (gate === lint ? chosen(lint, said) : gate))
  return [
    ...forCoverage.map((gate) => ({ ...gate, isFor: isCoverageTask })),
    ...forAgents.map((gate) => ({ ...gate, isFor: ofAgents })),
  ]
}

function chosen(gate: ConfigurableGate, said: ParsedGateSettings): Gate {
  const limits = limitsOf(gate, said)
  if (limits !== false) return gate.under(limits, regression.setting.limits(said.regression))
  const by = said[gate.name as keyof ParsedGateSettings] === false ? 'the configuration' : said.policy
  return {
    name: gate.name,
    judges: gate.judges,
    judge: async () => leftOut(gate.name, `left out by ${by}`),
  }
}
