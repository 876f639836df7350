// Policy
//
// The gates of three policies with their limits, and the settings under `gates` in a configuration file that replace
// them.
//
// Every policy requires that tests pass, that no test is weakened and that a change keeps to its task. A gate that is
// left out has a verdict that says so, which is never equal to a pass.

import { z } from 'zod'
import {
  isCoverageTask,
  pathSchema,
  qualitySchema,
  reviewPolicySchema,
  reviewUnder,
  type Task,
} from '../machines/index.ts'
import { type AdvisoryLimits, advisoriesFrom, SEVERITIES } from './advisories.ts'
import { agentScope } from './agent-scope.ts'
import { agreement } from './agreement.ts'
import { approval } from './approval.ts'
import { coverage } from './coverage.ts'
import { type CoverageLimits, coverageWithin } from './coverage-change.ts'
import { flakiness } from './flakiness.ts'
import { flakinessInPlace } from './flakiness-in-place.ts'
import type { Gate } from './gate.ts'
import { integrity } from './integrity.ts'
import { lint } from './lint.ts'
import { type MutationLimits, mutationWithin } from './mutation.ts'
import { type ProofLimits, proofFor } from './proof.ts'
import { type RegressionLimits, regressionWithin } from './regression.ts'
import { scope } from './scope.ts'
import { secrets } from './secrets.ts'
import { type SizeLimits, sizeWithin } from './size.ts'
import { substance } from './substance.ts'
import { tests } from './tests.ts'
import { types } from './type-check.ts'
import { leftOut } from './verdict.ts'

const off = z.literal(false, { error: 'false, which leaves it out' })
const percentage = z.number().min(0).max(100)

/** An absolute path of the user's own file, or a path in the repository. */
const advisoriesFile = z.union([z.string().regex(/^\/[^\0]*$/), pathSchema], {
  error: 'a path inside the repository without .., or one that begins with /',
})

/** `false` leaves a gate out; an object replaces some of its limits. */
function limits<Shape extends z.core.$ZodLooseShape>(shape: Shape, error: string) {
  return z.union([off, z.strictObject(shape).partial()], { error: `false, or ${error}` }).optional()
}

export const gatesSchema = z.strictObject({
  policy: qualitySchema.default('balanced'),
  size: limits({ files: z.int().positive(), lines: z.int().positive() }, '{ files: 40, lines: 1500 }'),
  coverage: limits({ loss: percentage, changed: percentage }, '{ loss: 0.5, changed: 70 } in percent'),
  mutation: limits(
    { mutants: z.int().min(1).max(200), survivors: z.number().min(0).max(1) },
    '{ mutants: 10, survivors: 0.5 }, survivors from 0 to 1',
  ),
  proof: limits({ kinds: z.array(z.enum(['debug', 'code'])).min(1) }, '{ kinds: [debug, code] }'),
  advisories: limits(
    { file: advisoriesFile, required: z.boolean(), severity: z.enum(SEVERITIES) },
    '{ file: advisories.json, required: true, severity: moderate }; severity is low, moderate, high or critical',
  ),
  /** Which tests of the tip a submission may replace; default: none. */
  regression: z.strictObject({ replace: z.array(z.string().min(1)) }).optional(),
  /** Not a gate: the review when everything is merged. */
  review: limits(reviewPolicySchema.shape, '{ repairs: 1, from: warning, required: true }'),
  types: off.optional(),
  lint: off.optional(),
  flakiness: off.optional(),
  secrets: off.optional(),
})
/** The settings as written; absent ones are the policy's. */
export type GateSettings = z.input<typeof gatesSchema>
type ParsedGateSettings = z.output<typeof gatesSchema>

interface GatePolicy {
  readonly size: SizeLimits
  readonly coverage: CoverageLimits
  readonly mutation: MutationLimits | false
  readonly advisories: AdvisoryLimits | false
  readonly proof: ProofLimits
  readonly flakiness: boolean
}

const MUTATION: MutationLimits = { mutants: 10, survivors: 0.5 }
/** Required by every policy: a fix without a test that failed before is only a claim. */
const PROOF: ProofLimits = { kinds: ['debug'] }
/** Required by every policy; it cannot be left out. */
const REGRESSION: RegressionLimits = { replace: [] }
const ADVISORIES: AdvisoryLimits = { required: false, severity: 'moderate' }

const POLICIES: Record<ParsedGateSettings['policy'], GatePolicy> = {
  no_compromise: {
    size: { files: 20, lines: 600 },
    coverage: { loss: 0, changed: 90 },
    mutation: { mutants: 24, survivors: 0.2 },
    advisories: { required: true, severity: 'low' },
    proof: { kinds: ['debug', 'code'] },
    flakiness: true,
  },
  balanced: {
    size: { files: 40, lines: 1500 },
    coverage: { loss: 0.5, changed: 70 },
    mutation: MUTATION,
    advisories: ADVISORIES,
    proof: PROOF,
    flakiness: true,
  },
  fast_iteration: {
    size: { files: 80, lines: 4000 },
    coverage: { loss: 2, changed: 0 },
    mutation: false,
    advisories: false,
    proof: PROOF,
    flakiness: false,
  },
}

const ofAgents = (task: Task) => !isCoverageTask(task)

/**
 * Gates for the tests that Canopy writes itself for one module, equal under every policy. These tests are new files
 * only, so they weaken no existing test, and `integrity` is not needed.
 */
const FOR_COVERAGE: readonly Gate[] = [scope, approval, secrets, types, tests, coverage, flakiness].map(
  (gate) => ({
    ...gate,
    isFor: isCoverageTask,
  }),
)

/** All gates of a policy, each for the tasks it applies to. */
export function gatesUnder(settings: GateSettings = {}): readonly Gate[] {
  return [
    ...FOR_COVERAGE,
    ...forAgents(gatesSchema.parse(settings)).map((gate) => ({ ...gate, isFor: ofAgents })),
  ]
}

function forAgents(said: ParsedGateSettings): Gate[] {
  const policy = POLICIES[said.policy]
  const by = said.policy
  return [
    agentScope,
    approval,
    substance,
    chosen('size', { said: said.size, limits: policy.size, by }, sizeWithin),
    integrity,
    said.secrets === false ? absent(secrets, SETTINGS) : secrets,
    said.types === false ? absent(types, SETTINGS) : types,
    said.lint === false ? absent(lint, SETTINGS) : lint,
    tests,
    regressionWithin(regressionLimits(said)),
    agreement,
    chosen('coverage', { said: said.coverage, limits: policy.coverage, by }, coverageWithin),
    chosen(
      'mutation',
      { said: said.mutation, limits: policy.mutation, by, otherwise: MUTATION },
      (within: MutationLimits) => mutationWithin(within, regressionLimits(said).replace),
    ),
    chosen('proof', { said: said.proof, limits: policy.proof, by }, proofFor),
    said.flakiness === false || !policy.flakiness
      ? absent(flakinessInPlace, said.flakiness === false ? SETTINGS : by)
      : flakinessInPlace,
    chosen(
      'advisories',
      { said: said.advisories, limits: policy.advisories, by, otherwise: ADVISORIES },
      advisoriesFrom,
    ),
  ]
}

/** The limits of every gate under a policy and its settings; false: the gate is left out. */
export function gateLimits(settings: GateSettings = {}) {
  const said = gatesSchema.parse(settings)
  const policy = POLICIES[said.policy]
  return {
    policy: said.policy,
    size: limitsOf({ said: said.size, limits: policy.size }),
    coverage: limitsOf({ said: said.coverage, limits: policy.coverage }),
    mutation: limitsOf({ said: said.mutation, limits: policy.mutation, otherwise: MUTATION }),
    proof: limitsOf({ said: said.proof, limits: policy.proof }),
    advisories: limitsOf({ said: said.advisories, limits: policy.advisories, otherwise: ADVISORIES }),
    regression: regressionLimits(said),
    review: reviewUnder(said) ?? (false as const),
    types: said.types !== false,
    lint: said.lint !== false,
    flakiness: said.flakiness !== false && policy.flakiness,
    secrets: said.secrets !== false,
  }
}

const regressionLimits = ({ regression }: ParsedGateSettings): RegressionLimits => ({
  ...REGRESSION,
  ...regression,
})

export type GateLimits = ReturnType<typeof gateLimits>

function chosen<Limits extends object>(
  name: string,
  { by, ...choice }: Choice<Limits> & { readonly by: string },
  make: (limits: Limits) => Gate,
): Gate {
  const limits = limitsOf(choice)
  if (limits !== false) return make(limits)
  return absent({ name, judges: 'submission' }, choice.said === false ? SETTINGS : by)
}

/** The policy's limits, with single limits replaced; a limit also turns a gate on. */
function limitsOf<Limits extends object>({ said, limits, otherwise }: Choice<Limits>): Limits | false {
  if (said === false || (limits === false && said === undefined)) return false
  return { ...(limits === false ? otherwise : limits), ...said } as Limits
}

interface Choice<Limits> {
  readonly said: false | { [Key in keyof Limits]?: Limits[Key] | undefined } | undefined
  readonly limits: Limits | false
  /** The limits when the policy leaves the gate out and the settings turn it on. */
  readonly otherwise?: Limits
}

/** Named as the reason when the settings leave out a gate that the policy has. */
const SETTINGS = 'the configuration'

function absent({ name, judges }: Pick<Gate, 'name' | 'judges'>, by: string): Gate {
  return { name, judges, judge: async () => leftOut(name, `left out by ${by}`) }
}
