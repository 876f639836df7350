// Library
//
// Owns:   the package of the library: compiled JavaScript with declarations and source maps.

import { PackageFolder } from './package-folder.ts'

/** Import paths of the package, by the files that they lead to. */
export const DOORS = {
  '.': 'actors/index',
  './kernel': 'kernel/index',
  './persistence': 'persistence/index',
  './transport': 'transport/index',
  './nats-server': 'programs/nats-server',
  './dashboard': 'dashboard/index',
}

/** Packages that only users of the dashboard's door need. */
const OF_DASHBOARD = ['@statelyai/inspect', 'ws']

/** Packs it; the path of the archive. */
export function packLibrary(out: string): string {
  const folder = new PackageFolder('library')
  folder.compile(
    Object.values(DOORS).map((door) => `${door}.ts`),
    { declaration: true, sourceMap: true, inlineSources: true, allowJs: true },
  )
  for (const name of ['nats-server.conf', 'LICENSE']) folder.copy(name)
  folder.copy('packaging/library.md', 'README.md')
  folder.describe(
    {
      name: '@canopy-dev/actors',
      description: 'Durable XState actors under OTP supervision, over NATS JetStream and LevelDB.',
      engines: { node: '>=22' },
      sideEffects: false,
      exports: Object.fromEntries(
        Object.entries(DOORS).map(([path, door]) => [
          path,
          { types: `./${door}.d.ts`, default: `./${door}.js` },
        ]),
      ),
    },
    OF_DASHBOARD,
  )
  return folder.pack(out)
}
