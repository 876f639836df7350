#!/usr/bin/env node
// Launcher
//
// Owns:   finding a Node that is recent enough for Canopy, and staying out of the way afterwards.
// Leaves: fetching it, which folders of the PATH are used (programs/), everything else to cli/main.ts.
//
// L1. Plain JavaScript for any Node >= 18: it must start where nothing else would.
// L2. Nothing in the folder it is started in is read or run: that may be a stranger's repository.
// L3. A path that the user typed is meant from where he typed it: npm starts `start` and `canopy` in Canopy's own folder, and
//     the folder that it came from is gone back to.
// L4. The child sees its launcher die (the IPC channel closes) and ends itself: no orphan.
// L5. A checkout runs its TypeScript directly, which needs `await using` (Node 24). An installed package has compiled files
//     and needs `module.registerHooks` (Node 22.15).
//
// Usage: launch.js [--exec FILE] [ARGS...]; without --exec it runs cli/main.ts, or cli/main.js in an installed package.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pinnedNode } from '../programs/pinned-node.js'
import { cacheRoot, privateFolder } from '../programs/private-cache.js'
import { searchPath, withEnclosing } from '../programs/search-path.js'

const here = dirname(fileURLToPath(import.meta.url))
const isCheckout = existsSync(join(here, 'main.ts'))
const NEEDED = isCheckout ? [24, 0] : [22, 15]

const args = process.argv.slice(2)
const custom = args[0] === '--exec'
const script = custom ? resolve(args[1] ?? '') : join(here, isCheckout ? 'main.ts' : 'main.js')
const rest = custom ? args.slice(2) : args

function recentEnough(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number)
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])
}

/** The path of a Node that is recent enough, fetched through npm once and remembered. */
function currentNode(path) {
  if (recentEnough(process.version)) return process.execPath
  const notice = (text) =>
    process.stderr.write(`canopy: Node ${process.version} is older than ${NEEDED.join('.')}; ${text}\n`)
  return pinnedNode({ environment: process.env, path, notice })
}

/** npm's word for the folder that the user is in; undefined: npm has not started this. */
function folderOfUser({ npm_lifecycle_event: name, INIT_CWD: folder }) {
  return ['start', 'canopy'].includes(name) && process.cwd() === dirname(here) ? folder : undefined
}

/** Node uses the proxy of the environment only when it is told to. Nothing on this machine is asked through it. */
function proxied(env) {
  if (!(env.HTTPS_PROXY || env.https_proxy || env.HTTP_PROXY || env.http_proxy)) return {}
  const direct = [env.no_proxy || env.NO_PROXY, 'localhost', '127.0.0.1', '::1'].filter(Boolean).join(',')
  return { NODE_USE_ENV_PROXY: '1', NO_PROXY: direct, no_proxy: direct }
}

/** Node keeps compiled code there, which halves the time of a start: only in a folder that no other user can write to. */
function compileCache(env) {
  if (env.NODE_COMPILE_CACHE) return {}
  try {
    return { NODE_COMPILE_CACHE: privateFolder(join(cacheRoot(env), 'compiled')) }
  } catch {
    return {}
  }
}

function launch() {
  const folder = custom ? undefined : folderOfUser(process.env)
  if (folder) process.chdir(folder)
  const path = searchPath(process.env.PATH, withEnclosing(process.cwd()), homedir())
  let node
  try {
    node = currentNode(path)
  } catch (error) {
    process.stderr.write(
      `canopy: Node >= ${NEEDED.join('.')} is needed and could not be fetched: ${error.message}\n`,
    )
    process.exit(2)
  }
  const child = spawn(node, [script, ...rest], {
    env: { ...process.env, ...compileCache(process.env), ...proxied(process.env), PATH: path },
    stdio: custom ? 'inherit' : ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  // The terminal sends Ctrl-C to the whole group; other signals reach only the launcher and are passed on.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`canopy: ${error.message}\n`)
    process.exit(2)
  })
  child.on('exit', (code, signal) => {
    if (signal) process.kill(process.pid, signal === 'SIGINT' ? 'SIGTERM' : signal)
    else process.exit(code ?? 1)
  })
}

launch()
