// Layers
//
// Owns:   what a configuration comes to when several say something: the program < the user's own file < the repository's
//         file < the options; and what of a repository's file does not count, with the reason.
// Leaves: the rules (fields.ts), reading the files (source.ts), whether the repository is trusted (trust.ts).
//
// L1. A repository's field is compared with what holds without the repository, never with what else its file says.
// L2. Whatever a repository's file says that its rule does not allow is refused; nothing of it is quietly used.

import { type GateLimits, type GateSettings, gateLimits } from '../../gates/index.ts'
import { type EntryPath, shown } from './document.ts'
import { acceptEntries, assembled, type ConfigurationEntry, entriesOf, keyOf, place } from './entries.ts'
import { wayThrough } from './expectation.ts'
import { ruleOf } from './fields.ts'
import { type Configuration, configurationOf, fieldName } from './schema.ts'

export type Layer = 'program' | 'user' | 'repository' | 'options'

/** What one layer says, as plain values that the schema has accepted. */
export interface LayerSource {
  readonly value: unknown
  /** Where a field stands; absent: in no file. */
  readonly placeOf?: (place: { readonly path: EntryPath }) => string
}

export interface DecidedField extends ConfigurationEntry {
  readonly layer: Layer
  readonly place: string | undefined
}

/** A field of the repository's file that does not count. */
export interface LeftField extends DecidedField {
  readonly reason: string
}

export interface LayeredConfiguration {
  readonly configuration: Configuration
  readonly values: readonly DecidedField[]
  /** Loosens something: nothing is begun with such a file. */
  readonly refused: readonly LeftField[]
  /** Allowed, but somebody else's word goes before it. */
  readonly overruled: readonly LeftField[]
}

interface Layers extends Readonly<Record<Layer, LayerSource>> {
  /** Providers and models that the program knows, as fields: a repository never changes them. */
  readonly known: readonly EntryPath[]
  readonly isTrusted: boolean
}

export function decideLayers({ known, isTrusted, ...sources }: Layers): LayeredConfiguration {
  const decided = new Map<string, DecidedField>()
  for (const layer of ['program', 'user'] as const)
    for (const entry of fieldsIn(layer, sources[layer])) place(decided, entry)
  const below = lowerLayersOf(decided, known)
  const judged = repositoryFields(sources.repository).map((field) => ({
    field,
    ...judge(field, below, isTrusted),
  }))
  for (const { field, kind } of judged) if (kind === 'counts') place(decided, field)
  for (const entry of fieldsIn('options', sources.options)) place(decided, entry)
  const left = (wanted: EntryJudgement['kind']): LeftField[] =>
    judged.flatMap(({ field, kind, reason = '' }) => (kind === wanted ? [{ ...field, reason }] : []))
  return {
    configuration: configurationOf(assembled(decided.values())),
    values: [...decided.values()],
    refused: left('refused'),
    overruled: left('overruled'),
  }
}

function fieldsIn(layer: Layer, { value, placeOf }: LayerSource): DecidedField[] {
  return entriesOf(value).map((entry) => ({ ...entry, layer, place: placeOf?.(entry) }))
}

/** Those of the file, and the acceptance commands, which are no field of their own and never count. */
function repositoryFields(source: LayerSource): DecidedField[] {
  const accept = acceptEntries(source.value).map((entry) => ({
    ...entry,
    layer: 'repository' as const,
    place: source.placeOf?.(entry),
  }))
  return [...fieldsIn('repository', source), ...accept]
}

/** What holds without the repository. */
interface LowerLayers {
  readonly decided: ReadonlyMap<string, DecidedField>
  readonly gates: GateLimits
  /** Whether the user or the program describes this provider or model. */
  isDescribed(field: EntryPath): boolean
}

function lowerLayersOf(decided: ReadonlyMap<string, DecidedField>, known: readonly EntryPath[]): LowerLayers {
  const below = new Map(decided)
  const { gates } = assembled(below.values()) as { gates?: GateSettings }
  const described = [...known, ...[...below.values()].map(({ field }) => field)]
  return {
    decided: below,
    gates: gateLimits(gates),
    isDescribed: ([, list, name]) =>
      (list === 'providers' || list === 'models') &&
      described.some((each) => each[0] === 'models' && each[1] === list && each[2] === name),
  }
}

interface EntryJudgement {
  readonly kind: 'counts' | 'refused' | 'overruled'
  readonly reason?: string
}

const COUNTS: EntryJudgement = { kind: 'counts' }
const refused = (reason: string): EntryJudgement => ({ kind: 'refused', reason })

function judge({ field, value }: ConfigurationEntry, below: LowerLayers, isTrusted: boolean): EntryJudgement {
  const rule = ruleOf(field)
  const before = valueBelow(field, below)
  switch (rule.kind) {
    case 'never':
      return refused(`a repository may not set it, trusted or not: ${rule.reason}`)
    case 'free':
      return below.decided.get(keyOf(field))?.layer === 'user'
        ? { kind: 'overruled', reason: 'your own file sets it' }
        : COUNTS
    case 'lower':
      return Number(value) <= Number(before)
        ? COUNTS
        : { kind: 'overruled', reason: `a repository may only lower it, and ${shown(before)} holds` }
    case 'stricter':
      if (isTrusted || rule.isAsStrict(value, before)) return COUNTS
      return refused(`a repository may only be stricter, and ${shown(before)} holds without it`)
    case 'user':
      return judgeUsers(field, value, below, isTrusted)
    default:
      return rule satisfies never
  }
}

/** Refuses the user's fields, unless the repository is trusted; some even then. */
function judgeUsers(
  field: EntryPath,
  value: unknown,
  below: LowerLayers,
  isTrusted: boolean,
): EntryJudgement {
  if (!isTrusted) return refused('only your own file or an option may set it')
  if (below.isDescribed(field))
    return refused('a repository may not change a provider or model of yours or of Canopy, trusted or not')
  if (field.join('.') === 'gates.advisories.file' && String(value).startsWith('/'))
    return refused('a repository may only name files of its own, trusted or not')
  return COUNTS
}

function valueBelow(field: EntryPath, { decided, gates }: LowerLayers): unknown {
  if (field[0] === 'gates') return wayThrough(gates, field.slice(1))
  return decided.get(keyOf(field))?.value
}

/** `budget.run.usd`, `models.providers.proxy.base-url`. */
export function fieldText({ field }: ConfigurationEntry): string {
  return fieldName(field)
}
