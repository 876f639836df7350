// Rules
//
// Owns:   which room may know which, as functions from all sources to the places where that is broken.
// Leaves: reading the sources (source.ts), the folders they come from (architecture.test.ts).
//
// The rooms: machines/ is the inside, actors/ around it, the outer rooms beside each other, cli/ puts them together.
// test/, bench/ and examples/ are users: they may know every door.

import { FILE_ACCESS } from './file-access.ts'
import type { Import, Source } from './source.ts'

export interface Breach {
  readonly path: string
  readonly line: number
  readonly what: string
}

export type Rule = (sources: readonly Source[]) => Breach[]

const OUTER = new Set([
  'transport',
  'persistence',
  'providers',
  'testgen',
  'analysis',
  'workspace',
  'dashboard',
])
const USERS = new Set(['test', 'bench', 'examples'])

function roomOf(path: string): string {
  return path.split('/')[0] ?? ''
}

/** The breaches among all imports for which the rule has an objection. */
function imports(
  sources: readonly Source[],
  object: (found: Import, from: string, to: string) => string | undefined,
): Breach[] {
  return sources.flatMap(({ path, imports: all }) =>
    all.flatMap((found) => {
      const what = object(found, roomOf(path), found.target === undefined ? '' : roomOf(found.target))
      return what === undefined ? [] : [{ path, line: found.line, what }]
    }),
  )
}

/** Pure code gets ids, times and random numbers inside events. */
const IMPURE = new Set([
  'await',
  'Promise',
  'Date',
  'Math.random',
  'process',
  'setTimeout',
  'setInterval',
  'performance',
])

const machinesAreFree: Rule = (sources) => [
  ...imports(sources, ({ specifier, target }, from, to) => {
    if (from !== 'machines') return undefined
    const allowed =
      target === undefined ? ['xstate', 'xstate/graph', 'zod'].includes(specifier) : to === 'machines'
    return allowed
      ? undefined
      : `machines/ imports ${specifier}; only xstate, zod and its own files are allowed`
  }),
  ...sources
    .filter(({ path }) => roomOf(path) === 'machines')
    .flatMap(({ path, words }) =>
      words
        .filter(({ text }) => IMPURE.has(text))
        .map(({ text, line }) => ({
          path,
          line,
          what: `machines/ uses ${text}; it arrives inside an event or stays outside`,
        })),
    ),
]

/** From another room its index.ts only. The tests of a room may look at the room's own files. */
const roomsHaveOneDoor: Rule = (sources) =>
  sources.flatMap((source) =>
    imports([source], ({ specifier, target }, from, to) => {
      if (target === undefined || from === to || USERS.has(to) || target === `${to}/index.ts`)
        return undefined
      if (from === 'test' && source.path.startsWith(`test/${to}/`)) return undefined
      if (USERS.has(from) && to === 'cli') return undefined
      return `${specifier} is not the door of ${to}/; import ${to}/index.ts`
    }),
  )

const outerRoomsAreStrangers: Rule = (sources) =>
  imports(sources, ({ specifier }, from, to) =>
    OUTER.has(from) && OUTER.has(to) && from !== to
      ? `${from}/ imports ${specifier}; what they share is passed in`
      : undefined,
  )

const onlyCliConstructs: Rule = (sources) =>
  imports(sources, ({ specifier, typeOnly }, from, to) => {
    if (typeOnly || from === to || from === 'cli' || USERS.has(from)) return undefined
    return OUTER.has(to) || to === 'actors'
      ? `${from}/ imports ${specifier} as a value; import type it, cli/ hands it in`
      : undefined
  })

const nobodyKnowsItsUsers: Rule = (sources) =>
  imports(sources, ({ specifier }, from, to) => {
    if (USERS.has(from)) return undefined
    return USERS.has(to) || (to === 'cli' && from !== 'cli') ? `${from}/ imports ${specifier}` : undefined
  })

/** Packages that every room may use. */
const EVERYWHERE = new Set(['zod', 'execa'])
/** Packages that belong to several rooms. */
const ROOMS_OF: Readonly<Record<string, readonly string[]>> = {
  'typescript-analysis': ['analysis', 'testgen'],
}

const packagesHaveOneRoom: Rule = (sources) => {
  const rooms = new Map<string, Set<string>>()
  const uses = sources
    .filter(({ path }) => !USERS.has(roomOf(path)))
    .flatMap(({ path, imports: all }) =>
      all
        .filter(
          ({ specifier, target }) =>
            target === undefined && specifier !== '' && !specifier.startsWith('node:'),
        )
        .map(({ specifier, line }) => ({ path, line, name: packageOf(specifier), room: roomOf(path) })),
    )
  for (const { name, room } of uses) rooms.set(name, (rooms.get(name) ?? new Set()).add(room))
  return uses.flatMap(({ path, line, name }) => {
    const known = [...(rooms.get(name) ?? [])].sort()
    return EVERYWHERE.has(name) || known.length === 1 || isEqual(known, ROOMS_OF[name])
      ? []
      : [{ path, line, what: `${name} is imported in ${known.join(' and ')}; a package has one room` }]
  })
}

const isEqual = (known: readonly string[], allowed: readonly string[] = []) => known.join() === allowed.join()

/** `@nats-io/jetstream` and `@nats-io/kv` are one: the client of NATS. */
function packageOf(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/')
  if (!first.startsWith('@')) return first
  return first === '@nats-io' || first === '@babel' ? first : `${first}/${second}`
}

const EMPTY_NAMES = new Set([
  'utils',
  'util',
  'helpers',
  'helper',
  'common',
  'shared',
  'core',
  'lib',
  'types',
])

const namesSaySomething: Rule = (sources) =>
  sources.flatMap(({ path }) => {
    const empty = path.split('/').find((part) => EMPTY_NAMES.has(part.replace(/\.[^/]*$/, '')))
    return empty === undefined ? [] : [{ path, line: 1, what: `'${empty}' says nothing about what is in it` }]
  })

/** Each circle of files that load each other, once. */
const nothingGoesInCircles: Rule = (sources) => {
  const targets = new Map(
    sources.map(({ path, imports: all }) => [
      path,
      all.filter(({ typeOnly }) => !typeOnly).flatMap(({ target }) => (target === undefined ? [] : [target])),
    ]),
  )
  const done = new Set<string>()
  const way: string[] = []
  const circles: Breach[] = []
  const visit = (path: string): void => {
    if (way.includes(path)) {
      const circle = [...way.slice(way.indexOf(path)), path]
      circles.push({ path, line: 1, what: `a circle at run time: ${circle.join(' -> ')}` })
    } else if (!done.has(path)) {
      way.push(path)
      for (const target of targets.get(path) ?? []) visit(target)
      way.pop()
      done.add(path)
    }
  }
  for (const path of targets.keys()) visit(path)
  return circles
}

const TOUCHES_FILES = /^((node:)?(fs|fs\/promises|child_process)|execa|tar|fs-extra|graceful-fs)$/

/** A repository or a command in the sandbox decides what is at most paths there: one module follows no link. */
const oneModuleTouchesFiles: Rule = (sources) =>
  sources.flatMap((source) =>
    imports([source], ({ specifier, typeOnly }, from) => {
      if (typeOnly || from !== 'workspace' || !source.path.endsWith('.ts')) return undefined
      if (!TOUCHES_FILES.test(specifier) || source.path in FILE_ACCESS) return undefined
      return `${source.path} imports ${specifier}; use worktree-files.ts, or say in file-access.ts why it is safe`
    }),
  )

/** Every rule, by its name. */
export const rules = {
  machinesAreFree,
  roomsHaveOneDoor,
  outerRoomsAreStrangers,
  onlyCliConstructs,
  nobodyKnowsItsUsers,
  packagesHaveOneRoom,
  namesSaySomething,
  nothingGoesInCircles,
  oneModuleTouchesFiles,
} as const
