// With the key of a node and no model at all, against a run as its user starts it: code is fetched, a commit of the
// attacker's is handed in past the pool, the budget and the queue, then for work that the node was given; its tests write
// to the user's files wherever a gate runs them.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildOf, nodeAddress, presenceHere, unitOf } from '../../../app/nodes/presence.ts'
import type { Event } from '../../../kernel/index.ts'
import type { Assignment } from '../../../machines/index.ts'
import { type Connection, openControl, openLeases, openMail, openObjects } from '../../../transport/index.ts'
import { Canopy, git, type Line, plainRepository } from '../../e2e/canopy.ts'
import { eventually } from '../../eventually.ts'
import { connectTo, keyringWith, natsArguments, startServer } from '../../transport/nats.ts'
import { type Attack, type AttackResult, couldNotRun, refused, succeeded } from '../attack.ts'

const SYSTEM = 'played'
const MEMBER = 'node-evil'
const AUTHOR = 'Evil'
const WITHIN = 90_000
/** Modules: more than home does itself before the node was given work twice. */
const WORK = 10
/** As new tests are named there. */
const TEST = 'test/shade1.canopy.test.ts'
const SOURCE = `/*
touch ~/PWNED
*/
export function shade2(name: string, depth: number): string {
  return name + depth
}
`
const hostileTest = (target: string): string => `import fs from 'node:fs'
import { it } from 'node:test'
import { shade1 } from '../src/shade1.ts'
for (const file of [${target}, process.env.HOME + '/.bashrc'])
  try { fs.writeFileSync(file, 'touch ~/PWNED') } catch {}
try { fs.rmSync('src/shade1.ts'); fs.symlinkSync(${target}, 'src/shade1.ts') } catch {}
it('runs', () => void shade1('leaf', 1))
`

export const attack: Attack = {
  title: 'A raw client with the key of a node has its own commit merged and writes to the home of the user.',
  async play() {
    const [place, repository] = [await mkdtemp(join(tmpdir(), 'canopy-attack-')), await plainRepository(WORK)]
    const server = await startServer({ keyring: keyringWith(SYSTEM, 'evil') })
    const home = join(place, 'home')
    await mkdir(home)
    await writeFile(join(home, '.bashrc'), 'of the user')
    const goal = ['--goal', 'branch-coverage=100', '--workers', '1', '--json']
    const keys = await natsArguments(server, 'main')
    const run = new Canopy(
      ['run', '--repo', repository, '--data', join(place, 'data'), ...keys, ...goal],
      [],
      { HOME: home, XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache') },
    )
    const node = await connectTo(server, MEMBER, MEMBER)
    try {
      const played = await new Thief({ run, node, repository, place, home }).play()
      if (played.kind !== 'refused') return played
      const bashrc = await readFile(join(home, '.bashrc'), 'utf8')
      if (bashrc !== 'of the user') return succeeded(`~/.bashrc is now ${bashrc}`)
      const commits = await git(repository, 'log', '--all', '--format=%an')
      return commits.includes(AUTHOR) ? succeeded('a commit of the attacker was published') : played
    } finally {
      await node.close()
      run.child.kill('SIGTERM')
      await run.ended
      await server.stop()
      for (const each of [place, repository]) await rm(each, { recursive: true, force: true })
    }
  },
}

interface Scene {
  readonly run: Canopy
  readonly node: Connection
  readonly repository: string
  readonly place: string
  readonly home: string
}

class Thief {
  readonly #scene: Scene
  readonly #control: ReturnType<typeof openControl>

  constructor(scene: Scene) {
    this.#scene = scene
    this.#control = openControl({ connection: scene.node, system: SYSTEM })
  }

  async play(): Promise<AttackResult> {
    const { run, node, repository } = this.#scene
    const begun = await eventually(() => run.lines.find(({ type }) => type === 'milestone.started'), {
      within: WITHIN,
      what: `the run: ${run.error}`,
    })
    const milestone = String(begun.milestone)
    const head = await git(repository, 'rev-parse', 'HEAD')
    const code = { commit: head, known: null }
    const asked = [
      await this.#ask('node-milestone', { milestone }),
      await this.#ask('node-code', code),
      await this.#ask('send', { to: 'system.budget', event: { type: 'RAISE', usd: 100_000 } }),
    ]
    await using leases = await disposable(openLeases({ connection: node, system: SYSTEM }))
    const build = buildOf(await version())
    const presence = presenceHere({ workers: 1, busy: 0, since: 0, build })
    const lease = await leases.acquire('evil', () => presence)
    if (lease.kind === 'taken') return couldNotRun('its own name is taken')
    const { epoch } = lease.lease
    const joined = await this.#control.request('node-join', { name: 'evil', epoch, build }, 20_000)
    if (!joined.ok) return couldNotRun(joined.error.message)
    asked.push(await this.#ask('node-milestone', { milestone }), await this.#ask('node-code', code))
    const taken = asked.find((each) => each !== undefined)
    if (taken) return succeeded(taken)
    return await this.#handIn(nodeAddress('evil', epoch), epoch, milestone)
  }

  /** Undefined: it was refused. */
  async #ask(verb: string, payload: unknown): Promise<string | undefined> {
    const reply = await this.#control.request(verb, payload, 10_000)
    return reply.ok ? `${verb} was answered` : undefined
  }

  async #handIn(root: string, epoch: number, milestone: string): Promise<AttackResult> {
    const { run, node } = this.#scene
    const worker = `${root}.worker:1`
    const given: Assignment[] = []
    const mail = await openMail({
      connection: node,
      system: SYSTEM,
      unit: unitOf(root),
      unitOf,
      outside: ['main'],
      renew: async () => {
        await this.#control.request('node-mail', { epoch }, 10_000)
        return undefined
      },
      mailboxLimit: 100,
    })
    await mail.receive({
      onDelivery(delivery) {
        const { event } = delivery.envelope
        if (event.type === 'ASSIGN') given.push(event.assignment as Assignment)
        delivery.ack()
      },
      onUndecodable: () => {},
      onSession: () => {},
    })
    let number = 0
    const say = async (to: string, event: Event): Promise<void> => {
      number += 1
      await mail.publish({ id: `evil/${number}`, to, from: { address: worker, birth: 'b', number }, event })
    }
    const free = (ticket: string | null, outcome: unknown): Event => ({
      type: 'WORKER.FREE',
      worker,
      ticket,
      outcome,
    })
    try {
      const line = `system.supervisor.orchestrator:${milestone}`
      const past = await this.#commit({ milestone, task: 'evil' }, [TEST])
      await say(`${line}.integrator`, {
        type: 'SUBMIT',
        submission: past,
        attempt: 1,
        replyTo: `${line}.task:evil`,
      })
      await say('system.pool', free(null, null))
      const said: string[] = []
      // What no gate may let pass, then what is looked at by running it.
      for (const [at, files] of [['src/shade2.ts', TEST], [TEST]].entries()) {
        const assignment = await eventually(() => given[at], { within: WITHIN, what: 'work for the node' })
        const { attempt, replyTo, task } = assignment
        const submission = await this.#commit({ milestone, task: task.id }, files)
        await say('system.pool', free(`${replyTo}#${attempt}`, { kind: 'submitted', submission }))
        const isJudged = (line: Line): boolean =>
          line.task === task.id &&
          (line.type === 'task.merged' || (line.type === 'task.retried' && line.attempt === attempt))
        const judged = await eventually(() => run.lines.find(isJudged), { within: WITHIN, what: 'a verdict' })
        if (judged.type === 'task.merged') return succeeded('what the attacker handed in was merged')
        said.push(JSON.stringify(judged.reasons))
      }
      return refused(said.join('; ').slice(0, 400))
    } finally {
      await mail.close()
    }
  }

  /** On the tip of the user's branch, as a bundle in the node's own box. */
  async #commit(order: { milestone: string; task: string }, files: readonly string[]) {
    const { repository, place, home, node } = this.#scene
    const clone = await mkdtemp(join(place, 'clone-'))
    await git(repository, 'clone', '--quiet', repository, clone)
    const target = JSON.stringify(join(home, '.bashrc'))
    for (const file of files) await writeFile(join(clone, file), file === TEST ? hostileTest(target) : SOURCE)
    await git(clone, 'add', '--all')
    await git(
      clone,
      '-c',
      `user.name=${AUTHOR}`,
      'commit',
      '--quiet',
      `--author=${AUTHOR} <e@localhost>`,
      '--message=code: Evil',
    )
    const commit = await git(clone, 'rev-parse', 'HEAD')
    const ref = `refs/canopy/submissions/${order.milestone}.${order.task}`
    await git(clone, 'update-ref', ref, commit)
    const file = join(clone, 'work.bundle')
    await git(clone, 'bundle', 'create', '--quiet', file, ref, `^${commit}^`)
    const bundle = `work/${commit}`
    const objects = openObjects({ connection: node, system: SYSTEM, member: MEMBER })
    await objects.put(bundle, [await readFile(file)])
    return { commit, bundle: `${MEMBER}/${bundle}`, files, cases: 1 }
  }
}

async function version(): Promise<string> {
  const manifest = new URL('../../../package.json', import.meta.url)
  return JSON.parse(await readFile(manifest, 'utf8')).version
}

async function disposable<T extends { close(): Promise<void> }>(
  opened: Promise<T>,
): Promise<T & AsyncDisposable> {
  const value = await opened
  return Object.assign(value, { [Symbol.asyncDispose]: () => value.close() })
}
