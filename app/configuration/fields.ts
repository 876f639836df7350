// Fields
//
// Owns:   for each field of a configuration file what a repository's own file may do with it, and what counts as stricter.
// Leaves: the form of values (schema.ts), carrying the rules out (layers.ts), the fields of each gate (gates/).
//
// F1. A field without a rule is the user's: what the schema gains is out of a repository's reach until it is declared here.
// F2. In a file that the user trusts, `user` and `stricter` allow everything; `never` allows nothing.

import { gateFields, type Strictness } from '../../gates/index.ts'

export type Rule =
  /** How the repository is built, and its goals; the user's value goes before it. */
  | { readonly kind: 'free' }
  /** The lower one of both holds; a higher one is left out and refuses nothing. */
  | { readonly kind: 'lower' }
  /** Only a value at least as strict as the one that holds without it. */
  | { readonly kind: 'stricter'; readonly isAsStrict: (value: unknown, before: unknown) => boolean }
  /** Only the user's own file and the options say it. */
  | { readonly kind: 'user' }
  /** No repository says it, trusted or not. */
  | { readonly kind: 'never'; readonly reason: string }

const FREE: Rule = { kind: 'free' }
const USER: Rule = { kind: 'user' }

const never = (reason: string): Rule => ({ kind: 'never', reason })
const stricter = (isAsStrict: (value: unknown, before: unknown) => boolean): Rule => ({
  kind: 'stricter',
  isAsStrict,
})
const atMost = stricter((value, before) => isAbsent(before) || Number(value) <= Number(before))
const atLeast = stricter((value, before) => isAbsent(before) || Number(value) >= Number(before))
/** In the order from the least strict to the strictest. */
const ranked = (...order: readonly unknown[]): Rule =>
  stricter((value, before) => isAbsent(before) || order.indexOf(value) >= order.indexOf(before))
const superset = stricter(
  (value, before) =>
    isAbsent(before) || (before as unknown[]).every((each) => (value as unknown[]).includes(each)),
)
/** A whole gate: `false` leaves it out, no limits bring it back. */
const gate = stricter((value, before) => value !== false || before === false)

/** There is no cap, or no such gate: any is stricter. */
function isAbsent(before: unknown): boolean {
  return before === undefined || before === false
}

const MCP = never('MCP servers get secrets, files and hosts, which only the user grants')
const AGENTS = never('an agent command gets secrets and a way to the network')

/** `*` stands for any one name or place in a list. */
const RULES: Readonly<Record<string, Rule>> = {
  milestones: FREE,
  'milestones.*.goal.accept': never(
    'workers can read the repository, and must not read the commands that accept their work',
  ),
  workers: { kind: 'lower' },

  'sandbox.disk-mb': { kind: 'lower' },
  'sandbox.files': { kind: 'lower' },
  'mail.max-mb': USER,

  'mcp.*': MCP,
  'mcp.*.*': MCP,
  skills: never('skills are instructions, which only the user gives'),
  'hooks.*.*': never('hooks run outside the sandbox, with the rights of the user'),

  'agents.*.*': AGENTS,
  'agents.*.limits.*': AGENTS,
  'agents.*.price.*': AGENTS,

  'models.providers.*.key-env': never('only the user decides which key is sent to which address'),
  'models.providers.*.*': USER,
  'models.models.*.*': USER,
  'models.roles.*': USER,
  'models.embeddings.*': USER,

  'budget.*.usd': atMost,
  'budget.*.tokens': atMost,
  'budget.*.minutes': atMost,
  'budget.*.computeSeconds': atMost,
  'budget.alerts': USER,

  'gates.policy': ranked('fast_iteration', 'balanced', 'no_compromise'),
  ...gateRules(),
  'gates.review': gate,
  'gates.review.repairs': atLeast,
  'gates.review.from': ranked('error', 'warning', 'note'),
  'gates.review.required': ranked(false, true),

  'commands.tests': FREE,
  'commands.types': FREE,
  'commands.lint': FREE,
  'commands.bring': never('only the user decides which ignored files of the checkout the tests may read'),
}

/** Each gate declares its own fields. */
function gateRules(): Record<string, Rule> {
  const rules = Object.entries(gateFields).map(([field, strictness]) => [
    `gates.${field}`,
    gateRule(strictness),
  ])
  return Object.fromEntries(rules)
}

function gateRule(strictness: Strictness | 'gate'): Rule {
  if (typeof strictness === 'object') return ranked(...strictness.ranked)
  switch (strictness) {
    case 'gate':
      return gate
    case 'at_most':
      return atMost
    case 'at_least':
      return atLeast
    case 'superset':
      return superset
    case 'user':
      return USER
    default:
      return strictness satisfies never
  }
}

const PATTERNS = Object.entries(RULES).map(([pattern, rule]) => ({ names: pattern.split('.'), rule }))

/** The rule of a field, the most exact one first (F1). */
export function ruleOf(path: readonly (string | number)[]): Rule {
  return declaredRule(path) ?? USER
}

/** Undefined: no rule is declared. */
export function declaredRule(path: readonly (string | number)[]): Rule | undefined {
  const matching = PATTERNS.filter(
    ({ names }) =>
      names.length === path.length && names.every((name, at) => name === '*' || name === path[at]),
  )
  const wildcards = (names: readonly string[]): number => names.filter((name) => name === '*').length
  return matching.toSorted((a, b) => wildcards(a.names) - wildcards(b.names))[0]?.rule
}
