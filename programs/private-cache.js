// Private cache
//
// Owns:   the folder for programs that Canopy fetched, and knowing again what was put there.
// Leaves: which programs (pinned-node.js, find-tool.ts), fetching them.
//
// Plain JavaScript for any Node >= 18, because the launcher uses it.
//
// P1. Only the user may write to the folder, and nobody but the user and root to a folder above it; otherwise nothing in
//     it is used.
// P2. A program is used only when it is what was fetched: its SHA-256, or its size and times, are what was written down then.
import { createHash } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'

/**
 * `$XDG_CACHE_HOME/canopy` or `~/.cache/canopy`. A relative value of the variable counts as none.
 * @param {Readonly<Record<string, string | undefined>>} environment
 * @returns {string}
 */
export function cacheRoot(environment) {
  const given = environment.XDG_CACHE_HOME ?? ''
  return join(isAbsolute(given) ? given : join(homedir(), '.cache'), 'canopy')
}

/**
 * Makes the folder with mode 0700; throws when others can change what is in it (P1).
 * @param {string} folder
 * @returns {string}
 */
export function privateFolder(folder) {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const found = lstatSync(folder)
  if (!found.isDirectory() || found.uid !== userId(found)) throw exposed(folder, 'it is no folder of yours')
  if ((found.mode & 0o022) !== 0) throw exposed(folder, `its mode is ${(found.mode & 0o777).toString(8)}`)
  for (let above = dirname(folder); ; above = dirname(above)) {
    refuseExposed(above)
    if (above === dirname(above)) break
  }
  if ((found.mode & 0o777) !== 0o700) chmodSync(folder, 0o700)
  return folder
}

function refuseExposed(folder) {
  const { mode, uid, gid } = lstatSync(folder)
  if (uid !== 0 && uid !== userId({ uid })) throw exposed(folder, `it belongs to the user ${uid}`)
  const sticky = (mode & 0o1000) !== 0
  // A group of the same number as the user is the user's own.
  const byGroup = (mode & 0o020) !== 0 && gid !== uid
  if (!sticky && ((mode & 0o002) !== 0 || byGroup)) throw exposed(folder, 'others can write to it')
}

/** Where there are no user ids every owner counts as the user. */
function userId({ uid }) {
  return process.getuid?.() ?? uid
}

function exposed(folder, reason) {
  const wayOut = `Make it yours alone (chmod go-w ${folder}), or name another place: XDG_CACHE_HOME=DIR`
  return new Error(`${folder} is no place for programs: ${reason}. ${wayOut}`)
}

const recordOf = (path) => `${path}.fetched.json`

/**
 * Writes down what a fetched program is, before it is put in place.
 * @param {string} path  where the program will be
 * @param {string} file  where it is now
 * @param {string} origin  what it was fetched from: the checksum of its archive
 */
export function writeRecord(path, file, origin) {
  const { size, mtimeMs } = lstatSync(file)
  writeFileSync(recordOf(path), JSON.stringify({ origin, size, mtimeMs, sha256: sha256Of(file) }), {
    mode: 0o600,
  })
}

/**
 * Whether the program is what was fetched (P2).
 * @param {string} path
 * @param {{ origin?: string, quick?: boolean }} [how]  `quick`: by size and time, for large ones
 * @returns {boolean}
 */
export function isAsFetched(path, { origin, quick = false } = {}) {
  try {
    const record = JSON.parse(readFileSync(recordOf(path), 'utf8'))
    const found = lstatSync(path)
    const own = found.isFile() && found.uid === userId(found) && (found.mode & 0o022) === 0
    const same = found.size === record.size && found.mtimeMs === record.mtimeMs
    if (!own || !same || (origin !== undefined && origin !== record.origin)) return false
    return quick || sha256Of(path) === record.sha256
  } catch {
    return false
  }
}

function sha256Of(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
