// A budget among those who ask it, on a real node: cut off at every write in memory, and killed with SIGKILL at some of
// them on LevelDB and NATS. No cap is broken on the way, and in the end all was paid and counted once.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Node } from '../../actors/index.ts'
import { type Commit, openMemoryStore, type Store } from '../../persistence/index.ts'
import { type MemoryMail, type NatsServer, openMemoryMail } from '../../transport/index.ts'
import { Cord, cutMail, cutStore } from '../actors/cord.ts'
import { eventually } from '../eventually.ts'
import { limit } from '../machine-speed.ts'
import { startServer, stopServers } from '../transport/nats.ts'
import { BUDGET, brokenBy, CALLERS, CALLS, definitions, essence, root, WHOLE } from './budget-office.ts'
import type { Order } from './mortal-office.ts'

class Place {
  readonly store: Store
  readonly mail: MemoryMail = openMemoryMail({ mailboxLimit: 1_000 })
  readonly paid = new Set<string>()
  readonly broken: string[] = []

  private constructor(store: Store) {
    this.store = store
  }

  static async open(): Promise<Place> {
    return new Place(await openMemoryStore())
  }

  boot(cord: Cord): Promise<Node> {
    const call = ({ key }: { key: string }) =>
      cord.through(async () => {
        this.paid.add(key)
        return 1
      })
    const [store, mail] = [cutStore(this.#watched(), cord), cutMail(this.mail, cord)]
    return Node.start({ definitions, root, implementations: { call }, store, mail, random: () => 0.5 })
  }

  /** Looks at what each commit makes true. */
  #watched(): Store {
    return new Proxy(this.store, {
      get: (target, name: keyof Store) => {
        const method = target[name] as (...args: unknown[]) => unknown
        return (...args: unknown[]) => {
          const broken = name === 'commit' ? brokenBy(args[0] as Commit) : undefined
          if (broken !== undefined) this.broken.push(broken)
          return method.apply(target, args)
        }
      },
    })
  }

  async end(): Promise<unknown> {
    const ledger = (await this.store.read(BUDGET))?.record.snapshot.context
    return { ...(essence(ledger as never) as object), paid: this.paid.size, broken: this.broken }
  }
}

const undisturbed = { ...WHOLE, paid: CALLERS * CALLS, broken: [] }

describe('a budget that is cut off', () => {
  it('before any write breaks no cap and ends with all of it', async () => {
    const whole = await Place.open()
    const cord = new Cord()
    expect(await (await whole.boot(cord)).ending).toMatchObject({ kind: 'ended' })
    expect(await whole.end()).toEqual(undisturbed)
    expect(cord.operations).toBeGreaterThan(200)
    for (let limit = 0; limit <= cord.operations; limit += 1) {
      const place = await Place.open()
      const cut = new Cord(limit)
      const over = place.boot(cut).then((node) => node.ending)
      const pulled = eventually(() => cut.pulled, { within: 30_000, what: `operation ${limit}` })
      if ((await Promise.race([over, pulled])) === true) {
        place.mail.reconnect()
        await (await place.boot(new Cord())).ending
      }
      expect(await place.end(), `cut off at operation ${limit}`).toEqual(undisturbed)
    }
  })
})

describe('a budget whose process is killed', () => {
  let server: NatsServer
  let directory: string

  beforeAll(async () => {
    server = await startServer()
    directory = await mkdtemp(join(tmpdir(), 'canopy-budget-'))
  })
  afterAll(async () => {
    await stopServers()
    await rm(directory, { recursive: true, force: true })
  })

  interface End {
    readonly kind: string
    readonly ledger: unknown
    readonly paid: readonly string[]
    readonly letters: readonly unknown[]
    readonly operations: number
  }

  async function run(name: string, dieAt: number): Promise<End | undefined> {
    const order: Order = {
      directory: join(directory, name),
      system: name,
      nats: { url: server.url, credentials: server.credentials.main ?? '' },
      dieAt,
    }
    const program = join(import.meta.dirname, 'mortal-office.ts')
    const done = await execa(process.execPath, [program, JSON.stringify(order)], {
      reject: false,
      timeout: limit(120_000),
    })
    if (!done.stdout && done.signal !== 'SIGKILL') throw new Error(`${name}: ${done.stderr}`)
    return done.stdout ? (JSON.parse(done.stdout) as End) : undefined
  }

  it('goes on where it was: all is paid and counted once', async () => {
    const whole = await run('whole', 0)
    const end = { kind: 'ended', ledger: WHOLE, letters: [] }
    expect(whole).toMatchObject(end)
    expect(whole?.paid).toHaveLength(CALLERS * CALLS)
    const operations = whole?.operations ?? 0
    let killed = 0
    for (let part = 1; part <= PARTS; part += 1) {
      const dieAt = Math.floor((operations * part) / (PARTS + 1))
      const first = await run(`office-${part}`, dieAt)
      if (!first) killed += 1
      const last = first ?? (await run(`office-${part}`, 0))
      expect(last, `killed at operation ${dieAt}`).toMatchObject(end)
      expect(last?.paid).toHaveLength(CALLERS * CALLS)
    }
    expect(killed).toBeGreaterThan(PARTS / 2)
  })
})

/** How many lives are cut short, evenly over a whole run. */
const PARTS = 4
