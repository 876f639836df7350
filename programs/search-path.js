// Search path
//
// Owns:   in which folders programs such as git, npm, node, tar and bwrap are looked for.
//
// Plain JavaScript for any Node >= 18, because the launcher uses it.
//
// S1. A program is never taken from the folder that Canopy is started in, from the repository around it, or from the one
//     that is worked on: their files are a stranger's. Relative and empty entries of the PATH would lead there.
import { existsSync, realpathSync } from 'node:fs'
import { delimiter, dirname, isAbsolute, join, sep } from 'node:path'

const SYSTEM = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/**
 * The entries of a PATH that can be trusted, in their order.
 * @param {string | undefined} path
 * @param {readonly string[]} strangers  folders whose files are not trusted
 * @param {string} home  a folder around it is the user's own, whatever else it is
 * @returns {string}
 */
export function searchPath(path, strangers, home) {
  const outside = strangers.map(realPath).filter((folder) => !isInside(realPath(home), folder))
  const entries = (path ?? '').split(delimiter).filter((entry) => {
    if (!isAbsolute(entry)) return false
    if (SYSTEM.includes(entry)) return true
    // npm puts this one first, for the tools of a project.
    if (entry.endsWith(join(sep, 'node_modules', '.bin'))) return false
    return !outside.some((folder) => isInside(realPath(entry), folder) || isInside(entry, folder))
  })
  return (entries.length === 0 ? SYSTEM : entries).join(delimiter)
}

/**
 * The folder, and the root of the repository around it.
 * @param {string} folder
 * @returns {string[]}
 */
export function withEnclosing(folder) {
  for (let above = folder; ; above = dirname(above)) {
    if (existsSync(join(above, '.git'))) return [folder, above]
    if (above === dirname(above)) return [folder]
  }
}

/**
 * The program's path in the first of these folders that holds it.
 * @param {string} name
 * @param {string} path  as `searchPath` gives it
 * @returns {string | undefined}
 */
export function programOn(name, path) {
  return path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file))
}

function isInside(path, folder) {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`)
}

function realPath(path) {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
