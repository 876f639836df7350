#!/usr/bin/env node
// Launcher
//
// Owns:   finding a Node that runs TypeScript files directly, and staying out of the way afterwards.
// Leaves: everything else to cli/main.ts.
//
// L1. Plain JavaScript for any Node >= 18: it must start where nothing else would.
// L2. The child sees its launcher die (the IPC channel closes) and ends itself: no orphan.
//
// Usage: launch.js [--exec FILE] [ARGS...]; without --exec it runs cli/main.ts.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const NEEDED = [22, 18]
const FETCHED = 'node@26'

const here = dirname(fileURLToPath(import.meta.url))
const args = process.argv.slice(2)
const custom = args[0] === '--exec'
const script = custom ? resolve(args[1] ?? '') : join(here, 'main.ts')
const rest = custom ? args.slice(2) : args

function recentEnough(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number)
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])
}

/** The path of a Node that is recent enough, fetched through npm once and remembered. */
function currentNode() {
  if (recentEnough(process.version)) return process.execPath
  const memory = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'canopy', 'node-path')
  if (existsSync(memory)) {
    const known = readFileSync(memory, 'utf8').trim()
    if (existsSync(known)) return known
  }
  process.stderr.write(`canopy: Node ${process.version} cannot run TypeScript; fetching ${FETCHED} once\n`)
  const found = execFileSync(
    'npm',
    ['exec', '--yes', `--package=${FETCHED}`, '--', 'node', '-p', 'process.execPath'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  ).trim()
  mkdirSync(dirname(memory), { recursive: true })
  writeFileSync(memory, `${found}\n`)
  return found
}

function launch() {
  let node
  try {
    node = currentNode()
  } catch (error) {
    process.stderr.write(
      `canopy: Node >= ${NEEDED.join('.')} is needed and ${FETCHED} could not be fetched: ${error.message}\n`,
    )
    process.exit(2)
  }
  const child = spawn(node, [script, ...rest], {
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
