// Rules
//
// Owns:   which room may know which, as functions from all sources to the places where that is broken.
// Leaves: reading the sources (source.ts), the folders they come from (architecture.test.ts).
//
// The library is kernel/, platform/, persistence/, transport/ and actors/; the development system stands on it. test/, bench/ and
// examples/ are users: they may import every door.

import { FILE_ACCESS } from './file-access.ts'
import type { Import, Source } from './source.ts'

export interface Breach {
  readonly path: string
  readonly line: number
  readonly what: string
}

export type Rule = (sources: readonly Source[]) => Breach[]

interface Allowed {
  /** Rooms it may import, also values. */
  readonly values?: readonly string[]
  /** Rooms it may import by `import type` only: what implements the type is handed in by app/. */
  readonly types?: readonly string[]
}

/** Which rooms a room may import. */
const MAY_IMPORT: Readonly<Record<string, Allowed>> = {
  kernel: {},
  platform: { values: ['kernel'] },
  persistence: { values: ['kernel'] },
  transport: { values: ['kernel', 'platform'] },
  actors: { values: ['kernel', 'platform'], types: ['persistence', 'transport'] },
  machines: { values: ['kernel'] },
  testgen: {},
  analysis: { values: ['machines'] },
  providers: { values: ['kernel', 'platform', 'machines'] },
  workspace: { values: ['kernel', 'platform', 'machines'] },
  gates: { values: ['kernel', 'machines', 'workspace'] },
  agents: { values: ['kernel', 'actors', 'machines', 'workspace'], types: ['persistence'] },
  dashboard: { values: ['kernel'] },
  programs: {},
  app: {
    values: [
      ...['kernel', 'platform', 'actors', 'persistence', 'transport', 'programs', 'dashboard'],
      ...['machines', 'testgen', 'analysis', 'providers', 'workspace', 'gates', 'agents'],
    ],
  },
  // `programs` is for the launcher.
  cli: { values: ['kernel', 'machines', 'programs', 'app'] },
}
/** No file of them does anything but compute. */
const PURE = new Set(['kernel', 'machines'])
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

const PURE_PACKAGES = new Set(['xstate', 'xstate/graph', 'zod'])
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

const pureRoomsOnlyCompute: Rule = (sources) => [
  ...imports(sources, ({ specifier, target }, from) =>
    !PURE.has(from) || target !== undefined || PURE_PACKAGES.has(specifier)
      ? undefined
      : `${from}/ imports ${specifier}; of packages only ${[...PURE_PACKAGES].join(', ')} are allowed`,
  ),
  ...sources
    .filter(({ path }) => PURE.has(roomOf(path)))
    .flatMap(({ path, words }) =>
      words
        .filter(({ text }) => IMPURE.has(text))
        .map(({ text, line }) => ({
          path,
          line,
          what: `${roomOf(path)}/ uses ${text}; it arrives inside an event or stays outside`,
        })),
    ),
]

const roomsFollowTheTable: Rule = (sources) =>
  imports(sources, ({ specifier, target, typeOnly }, from, to) => {
    if (target === undefined || from === to || USERS.has(from)) return undefined
    const { values = [], types = [] } = MAY_IMPORT[from] ?? {}
    if (values.includes(to) || (typeOnly && types.includes(to))) return undefined
    return types.includes(to)
      ? `${from}/ imports ${specifier} as a value; import type it, app/ hands the value in`
      : `${from}/ may not import ${to}/ (${specifier})`
  })

/** From another room its index.ts only. The tests of a room may look at the room's own files. */
const roomsHaveOneDoor: Rule = (sources) =>
  sources.flatMap((source) =>
    imports([source], ({ specifier, target }, from, to) => {
      if (target === undefined || from === to || USERS.has(to) || target === `${to}/index.ts`)
        return undefined
      if (from === 'test' && source.path.startsWith(`test/${to}/`)) return undefined
      if (USERS.has(from) && (to === 'cli' || to === 'app')) return undefined
      // A launcher that no Node could start as TypeScript loads what is plain JavaScript itself.
      if ((source.path.endsWith('.js') || USERS.has(from)) && target.endsWith('.js')) return undefined
      return `${specifier} is not the door of ${to}/; import ${to}/index.ts`
    }),
  )

/** Packages that every room may use. */
const EVERYWHERE = new Set(['zod', 'execa'])
/** Packages that belong to several rooms. */
const ROOMS_OF: Readonly<Record<string, readonly string[]>> = {
  'typescript-analysis': ['analysis', 'testgen'],
  xstate: ['kernel', 'machines'],
  '@babel': ['gates', 'workspace'],
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

/** Each circle of files that know each other, by values or by types, once. */
const nothingGoesInCircles: Rule = (sources) => {
  const targets = new Map(
    sources.map(({ path, imports: all }) => [
      path,
      all.flatMap(({ target }) => (target === undefined ? [] : [target])),
    ]),
  )
  const done = new Set<string>()
  const way: string[] = []
  const circles: Breach[] = []
  const visit = (path: string): void => {
    if (way.includes(path)) {
      const circle = [...way.slice(way.indexOf(path)), path]
      circles.push({ path, line: 1, what: `a circle: ${circle.join(' -> ')}` })
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

const AT_REPOSITORIES = new Set(['workspace', 'gates', 'agents', 'analysis', 'testgen'])

/** A repository or a command in the sandbox decides what is at most paths there: one module follows no link. */
const oneModuleTouchesFiles: Rule = (sources) =>
  sources.flatMap((source) =>
    imports([source], ({ specifier, target, typeOnly }, from) => {
      if (typeOnly || !AT_REPOSITORIES.has(from) || !source.path.endsWith('.ts')) return undefined
      const touches = TOUCHES_FILES.test(specifier) || target === 'platform/index.ts'
      if (!touches || source.path in FILE_ACCESS) return undefined
      return `${source.path} imports ${specifier}; use worktree-files.ts, or say in file-access.ts why it is safe`
    }),
  )

/** Packages of stores and of NATS. */
const STORE_OR_NATS = /^(level|abstract-level|classic-level|memory-level)$|^@nats-io\//

/** cli/ has the commands, the options and the text; app/ has the files, the programs, the stores and the servers. */
const commandsOnlyPrint: Rule = (sources) =>
  sources.flatMap((source) =>
    imports([source], ({ specifier, typeOnly }, from) => {
      if (typeOnly || from !== 'cli' || source.path in FILE_ACCESS) return undefined
      return TOUCHES_FILES.test(specifier) || STORE_OR_NATS.test(specifier)
        ? `${source.path} imports ${specifier}; app/ does that, cli/ prints its answer`
        : undefined
    }),
  )

/** Every rule, by its name. */
export const rules = {
  pureRoomsOnlyCompute,
  roomsFollowTheTable,
  roomsHaveOneDoor,
  packagesHaveOneRoom,
  namesSaySomething,
  nothingGoesInCircles,
  oneModuleTouchesFiles,
  commandsOnlyPrint,
} as const
