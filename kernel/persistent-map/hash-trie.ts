// Hash trie
//
// Owns:   the structure of a persistent map: branches of 16 over small buckets, addressed by a key's hash.
// Leaves: the public interface (persistent-map.ts), storing buckets (persistence/).
//
// HT1. A change copies one bucket and the branches above it and shares the rest, at any size.
// HT2. A subtree is one bucket exactly when it holds at most `bucketSize` entries (or is at the lowest level), and a
//     bucket is sorted by key: the structure depends on the contents alone, never on the order of insertion.
// HT3. Hash, branch width and bucket size are part of the stored format: changing them needs a migration.

/** A key with its value. */
export type MapEntry<V> = readonly [key: string, value: V]

/** The entries of one leaf, sorted by key. */
export type Bucket<V> = readonly MapEntry<V>[]

interface TrieBranch<V> {
  readonly size: number
  readonly children: readonly (Trie<V> | undefined)[]
}

export type BucketChange<V> = readonly [id: string, Bucket<V> | undefined]

export type Trie<V> = Bucket<V> | TrieBranch<V>

const bits = 4
const width = 1 << bits
const bottom = 7
const bucketSize = 8

export function sizeOf<V>(trie: Trie<V>): number {
  return isBucket(trie) ? trie.length : trie.size
}

export function find<V>(trie: Trie<V>, key: string): V | undefined {
  const hash = hashOf(key)
  let node: Trie<V> | undefined = trie
  for (let depth = 0; node && !isBucket(node); depth += 1) node = node.children[digit(hash, depth)]
  return node?.find((entry) => entry[0] === key)?.[1]
}

export function insert<V>(trie: Trie<V>, entry: MapEntry<V>, hash = hashOf(entry[0]), depth = 0): Trie<V> {
  if (isBucket(trie)) return settled(insertSorted(trie, entry), depth)
  const at = digit(hash, depth)
  const before = trie.children[at] ?? []
  const after = insert(before, entry, hash, depth + 1)
  if (after === before) return trie
  return { size: trie.size + sizeOf(after) - sizeOf(before), children: trie.children.with(at, after) }
}

export function remove<V>(trie: Trie<V>, key: string, hash = hashOf(key), depth = 0): Trie<V> {
  if (isBucket(trie)) {
    return trie.some((entry) => entry[0] === key) ? trie.filter((entry) => entry[0] !== key) : trie
  }
  const at = digit(hash, depth)
  const before = trie.children[at]
  const after = before && remove(before, key, hash, depth + 1)
  if (before === undefined || after === undefined || after === before) return trie
  const children = trie.children.with(at, sizeOf(after) === 0 ? undefined : after)
  const size = trie.size - 1
  return size > bucketSize ? { size, children } : merged(children)
}

/** All entries in the order of their bucket ids. */
export function* entriesOf<V>(trie: Trie<V>): Generator<MapEntry<V>, undefined> {
  for (const [, bucket] of bucketsOf(trie)) yield* bucket
}

/** Every bucket that is not empty, with the hexadecimal digits of its path, sorted by them. */
export function* bucketsOf<V>(
  trie: Trie<V> | undefined,
  id = '',
): Generator<[id: string, Bucket<V>], undefined> {
  if (trie === undefined) return
  if (!isBucket(trie)) {
    for (const [at, child] of trie.children.entries()) yield* bucketsOf(child, id + at.toString(width))
  } else if (trie.length > 0) yield [id, trie]
}

/** The buckets to write, and those to delete (undefined), to change one trie into the other. */
export function differences<V>(
  before: Trie<V>,
  after: Trie<V>,
  id = '',
  found: BucketChange<V>[] = [],
): BucketChange<V>[] {
  if (isBucket(before) || isBucket(after)) {
    const same = isBucket(after) && after.length > 0 ? id : undefined
    for (const [gone] of bucketsOf(before, id)) if (gone !== same) found.push([gone, undefined])
    for (const put of bucketsOf(after, id)) found.push(put)
    return found
  }
  for (let at = 0; at < width; at += 1) {
    const [one, other] = [before.children[at], after.children[at]]
    if (one !== other) differences(one ?? [], other ?? [], id + at.toString(width), found)
  }
  return found
}

/** The trie with these buckets, which come in the order of their ids. Throws when no trie has such buckets. */
export function assemble<V>(buckets: readonly (readonly [id: string, Bucket<V>])[], id = ''): Trie<V> {
  const [first] = buckets
  if (first === undefined) return []
  if (first[0] === id) return checkedBucket(first, buckets.length)
  const children: (Trie<V> | undefined)[] = new Array(width).fill(undefined)
  const depth = id.length
  let last = -1
  for (let from = 0; from < buckets.length; ) {
    const [name = ''] = buckets[from] ?? []
    const start = name[depth]
    const at = Number.parseInt(start ?? '', width)
    if (!(at > last)) throw new Error(`bucket '${name}' is twice there, or not in the order of the ids`)
    last = at
    let to = from + 1
    while (to < buckets.length && buckets[to]?.[0][depth] === start) to += 1
    children[at] = assemble(buckets.slice(from, to), id + start)
    from = to
  }
  const size = children.reduce((sum, child) => sum + (child ? sizeOf(child) : 0), 0)
  if (size <= bucketSize) throw new Error(`bucket '${id}' is split though it is small enough for one`)
  return { size, children }
}

function isBucket<V>(trie: Trie<V>): trie is Bucket<V> {
  return Array.isArray(trie)
}

function insertSorted<V>(bucket: Bucket<V>, entry: MapEntry<V>): Bucket<V> {
  const at = bucket.findIndex((other) => other[0] >= entry[0])
  const there = bucket[at]
  if (there === undefined) return [...bucket, entry]
  if (there[0] !== entry[0]) return bucket.toSpliced(at, 0, entry)
  return Object.is(there[1], entry[1]) ? bucket : bucket.with(at, entry)
}

/** Turns a bucket that is too large into a branch (HT2). */
function settled<V>(bucket: Bucket<V>, depth: number): Trie<V> {
  if (bucket.length <= bucketSize || depth === bottom) return bucket
  const children: MapEntry<V>[][] = Array.from({ length: width }, () => [])
  for (const entry of bucket) children[digit(hashOf(entry[0]), depth)]?.push(entry)
  return {
    size: bucket.length,
    children: children.map((child) => (child.length === 0 ? undefined : settled(child, depth + 1))),
  }
}

/** The one bucket of a subtree that became small; its children are buckets already (HT2). */
function merged<V>(children: readonly (Trie<V> | undefined)[]): Bucket<V> {
  const entries: MapEntry<V>[] = []
  for (const child of children) if (child && isBucket(child)) entries.push(...child)
  return entries.sort((one, other) => (one[0] < other[0] ? -1 : 1))
}

function checkedBucket<V>([id, bucket]: readonly [string, Bucket<V>], buckets: number): Bucket<V> {
  const fits = bucket.length > 0 && (bucket.length <= bucketSize || id.length === bottom)
  const inOrder = bucket.every(([key], at) => at === 0 || (bucket[at - 1]?.[0] ?? '') < key)
  if (buckets > 1 || !fits || !inOrder || !bucket.every(([key]) => leadsTo(key, id))) {
    throw new Error(`bucket '${id}' holds entries of another bucket, or in the wrong order`)
  }
  return bucket
}

function leadsTo(key: string, id: string): boolean {
  const hash = hashOf(key)
  for (let depth = 0; depth < id.length; depth += 1) {
    if (digit(hash, depth) !== Number.parseInt(id.charAt(depth), width)) return false
  }
  return true
}

function digit(hash: number, depth: number): number {
  return (hash >>> (depth * bits)) & (width - 1)
}

/** FNV-1a over UTF-16 units, then murmur3's finalizer, which spreads short keys. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
