// Roles
//
// Owns:   the permissions of each role over NATS: one table, from which the server's accounts and permissions are made,
//         and which docs/security.md shows.
// Leaves: the server's configuration (accounts.ts), the keys (keyring.ts).
//
// All that is not in the table is refused. Home has an account that keeps the streams and may do everything in it;
// every other member has a separate account, which reaches home's only by the subjects of its rows.
//
// A row's subject contains the member's name; otherwise all members with that row could publish under it.

/** The roles of members. `home` has the repository and may do everything; the others may do what `table` grants them. */
export const roles = ['home', 'node', 'operator', 'viewer'] as const
/** One of `roles`. */
export type MemberRole = (typeof roles)[number]
/** All roles but home, which may do everything. */
type LesserRole = Exclude<MemberRole, 'home'>

/** The member that has the repository and keeps the streams. */
export const HOME = 'main'

/** `says`: publishes to it, or sends requests to it. `hears`: subscribes to it. `answers`: home sends requests to it. */
export type Right = 'says' | 'hears' | 'answers'

/** One subject of NATS and the rights of each role under it. */
export interface PermissionRow {
  readonly what: string
  /** With `{system}`, `{member}` and `{name}` (the member's name without its role). */
  readonly subject: string
  /** One request has many replies. */
  readonly manyAnswers?: true
  readonly rights: Readonly<Partial<Record<LesserRole, Right>>>
}

const NODE_VERBS = [
  'node-join',
  'node-leave',
  'node-mail',
  'node-start',
  'node-milestone',
  'node-carry',
  'node-code',
  'node-site',
  'node-taken',
  'model-ask',
  'model-drop',
]
const LOOKING_VERBS = ['status', 'tree', 'actors', 'nodes', 'budget']
/** Verbs of the operator; `changes`: the verb changes something. */
const OPERATOR_VERBS = {
  send: { changes: true },
  'send.>': { changes: true },
  inspect: { changes: false },
  chart: { changes: false },
  deadLetters: { changes: false },
  deadLetter: { changes: false },
  replay: { changes: true },
  dropLetter: { changes: true },
  backup: { changes: true },
} as const

/**
 * Classes of verbs: the system above the library adds verbs named `<class>.<name>` without a new row or key. Operators
 * and viewers may ask `look.<name>`, which changes nothing; operators alone may ask `change.<name>`.
 */
export type VerbClass = 'look' | 'change'

/** Whether an operator's verb changes something; verbs of nodes and viewers do not count as changes. */
export function changesSomething(verb: string): boolean {
  const isOfClass = verb === ('change' satisfies VerbClass)
  return isOfClass || Object.entries(OPERATOR_VERBS).some(([name, { changes }]) => name === verb && changes)
}

const asks = (verbs: readonly string[], rights: PermissionRow['rights']): PermissionRow[] =>
  verbs.map((verb) => ({
    what: `asks \`${verb}\``,
    subject: `canopy.{system}.control.{member}.${verb}`,
    rights,
  }))

const box = 'canopy-{system}-objects-{member}'
const leases = 'canopy-{system}-nodes'
const consumer = 'canopy-{system}-mail.unit-{member}'
const node = { node: 'says' } as const

/** The permissions of the roles, from which the server's accounts are made; all others are refused. */
export const table: readonly PermissionRow[] = [
  { what: 'mail to home', subject: `canopy.{system}.mail.${HOME}.{member}.>`, rights: node },
  { what: 'mail to itself', subject: 'canopy.{system}.mail.{member}.*.{member}.>', rights: node },
  {
    what: 'takes its mail',
    subject: `$JS.API.CONSUMER.MSG.NEXT.${consumer}`,
    manyAnswers: true,
    rights: node,
  },
  { what: 'looks at its mail', subject: `$JS.API.CONSUMER.INFO.${consumer}`, rights: node },
  { what: 'acknowledges its mail', subject: `$JS.ACK.${consumer}.>`, rights: node },
  { what: 'its lease', subject: `$KV.${leases}.{name}`, rights: node },
  { what: 'whether there are leases', subject: `$JS.API.STREAM.INFO.KV_${leases}`, rights: node },
  { what: 'reads leases', subject: `$JS.API.STREAM.MSG.GET.KV_${leases}`, rights: node },
  { what: 'its objects', subject: `$O.${box}.>`, rights: node },
  { what: 'whether it has objects', subject: `$JS.API.STREAM.INFO.OBJ_${box}`, rights: node },
  { what: 'reads its objects', subject: `$JS.API.STREAM.MSG.GET.OBJ_${box}`, rights: node },
  { what: 'drops its objects', subject: `$JS.API.STREAM.PURGE.OBJ_${box}`, rights: node },
  {
    what: 'is asked about its actors',
    subject: 'canopy.{system}.nodes.{member}.>',
    rights: { node: 'answers' },
  },
  { what: 'tells what its agents do', subject: 'canopy.{system}.facts.{member}.news', rights: node },
  { what: 'tells what its actors do', subject: 'canopy.{system}.facts.{member}.inspection', rights: node },
  {
    what: 'hears what agents do',
    subject: 'canopy.{system}.facts.*.news',
    rights: { operator: 'hears', viewer: 'hears' },
  },
  {
    what: 'hears what actors do',
    subject: 'canopy.{system}.facts.*.inspection',
    rights: { operator: 'hears' },
  },
  ...asks(['here'], { node: 'says', operator: 'says', viewer: 'says' }),
  ...asks(NODE_VERBS, node),
  ...asks(LOOKING_VERBS, { operator: 'says', viewer: 'says' }),
  ...asks(Object.keys(OPERATOR_VERBS), { operator: 'says' }),
  ...asks(['look.>' satisfies `${VerbClass}.>`], { operator: 'says', viewer: 'says' }),
  ...asks(['change.>' satisfies `${VerbClass}.>`], { operator: 'says' }),
]

/** The name of a member with this role: `node-a`, `operator`, `operator-alice`. */
export function memberOfRole(role: MemberRole, name?: string): string {
  if (role === 'home') return HOME
  return name === undefined ? role : `${role}-${name}`
}

/** A member's name without its role. */
function nameOf(member: string): string {
  return member.slice(member.indexOf('-') + 1)
}

/** The row's subject for one member. */
export function subjectFor({ subject }: PermissionRow, system: string, member: string): string {
  return subject
    .replaceAll('{system}', system)
    .replaceAll('{member}', member)
    .replaceAll('{name}', nameOf(member))
}

/**
 * The subject under which a member publishes to this subject of home's account. A server keeps `$JS.API` of each
 * account to itself, so home's is imported under another name, which the client is configured to use.
 */
export function locally(subject: string, system: string): string {
  if (subject.startsWith('$JS.API.')) return subject.replace('$JS.API', awayApi(system))
  return subject.startsWith('$KV.') ? `${awayApi(system)}.${subject}` : subject
}

/** The prefix of JetStream's API for all but home. */
export function awayApi(system: string): string {
  return `canopy.${system}.jetstream`
}
