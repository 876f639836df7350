// Entries
//
// Owns:   a configuration file taken apart into its fields, each with its path, and put together again.
// Leaves: which of them count (layers.ts).
//
// E1. A field is the smallest thing that a layer says or leaves to another. Lists are one field, but providers and models are
//     fields by their names. An empty mapping says nothing.
// E2. A field takes the place of the one above it and of those below it: `gates.size: false` ends `gates.size.files`.

import type { EntryPath } from './document.ts'

export interface ConfigurationEntry {
  /** As it is told, e.g. `models.providers.proxy.base-url`. */
  readonly field: EntryPath
  /** Where it stands in its file. */
  readonly path: EntryPath
  readonly value: unknown
}

/** Fields whose value is taken whole, whatever is in it. */
const WHOLE = new Set(['milestones', 'commands.tests'])
/** Lists whose entries have names. */
const BY_NAME = new Set(['models.providers', 'models.models'])

/** The fields of a file that the schema has accepted. */
export function entriesOf(value: unknown, field: EntryPath = [], path: EntryPath = []): ConfigurationEntry[] {
  const name = field.join('.')
  if (Array.isArray(value) && BY_NAME.has(name)) {
    return value.flatMap((each: ListItem, at) =>
      entriesOf(each, [...field, each.name], [...path, at]).filter(
        (entry) => entry.field.at(-1) !== 'name' || Object.keys(each).length === 1,
      ),
    )
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || WHOLE.has(name))
    return [{ field, path, value }]
  return Object.entries(value).flatMap(([key, each]) => entriesOf(each, [...field, key], [...path, key]))
}

interface ListItem {
  readonly name: string
}

/** The acceptance commands inside the milestones, which have a rule of their own. */
export function acceptEntries(value: unknown): ConfigurationEntry[] {
  const { milestones = [] } = value as { milestones?: { goal: { accept?: unknown[] } }[] }
  return milestones.flatMap(({ goal }, at) => {
    const path = ['milestones', at, 'goal', 'accept']
    return (goal.accept ?? []).length > 0 ? [{ field: path, path, value: goal.accept }] : []
  })
}

export const keyOf = (field: EntryPath): string => JSON.stringify(field)

/** Adds an entry to those of the layers below (E2). */
export function place<Each extends ConfigurationEntry>(entries: Map<string, Each>, entry: Each): void {
  for (const [key, { field }] of entries)
    if (isWithin(entry.field, field) || isWithin(field, entry.field)) entries.delete(key)
  entries.set(keyOf(entry.field), entry)
}

function isWithin(inner: EntryPath, outer: EntryPath): boolean {
  return outer.length <= inner.length && outer.every((name, at) => name === inner[at])
}

/** As it would stand in one file. */
export function assembled(entries: Iterable<ConfigurationEntry>): Record<string, unknown> {
  const tree = new Map<string | number, EntryTree>()
  for (const { field, value } of entries) grow(tree, field, value)
  return plainOf(tree, []) as Record<string, unknown>
}

type EntryTree = Map<string | number, EntryTree> | { readonly value: unknown }

function grow(tree: Map<string | number, EntryTree>, [name = '', ...rest]: EntryPath, value: unknown): void {
  if (rest.length === 0) {
    tree.set(name, { value })
    return
  }
  const below = tree.get(name)
  const branch = below instanceof Map ? below : new Map<string | number, EntryTree>()
  tree.set(name, branch)
  grow(branch, rest, value)
}

function plainOf(branch: EntryTree, field: EntryPath): unknown {
  if (!(branch instanceof Map)) return branch.value
  const inner = [...branch].map(([name, each]) => [name, plainOf(each, [...field, name])] as const)
  if (BY_NAME.has(field.join('.')))
    return inner.map(([name, each]) => ({ name, ...(typeof each === 'object' ? each : {}) }))
  return Object.fromEntries(inner)
}
