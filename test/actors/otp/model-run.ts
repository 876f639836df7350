// Drives a real supervisor and the model with the same steps, and compares them after each one.

import fc from 'fast-check'
import { type Answer, type End, type ModelFlags, type ModelSpec, OtpModel, type Restart } from './model.ts'
import { child, OtpWorld, SUP } from './world.ts'

type Step =
  | { readonly do: 'end'; readonly at: number; readonly how: End }
  | { readonly do: 'plan'; readonly at: number; readonly answers: readonly Answer[] }
  | { readonly do: 'tick'; readonly seconds: number }
  | { readonly do: 'start'; readonly at: number; readonly spec: Omit<ModelSpec, 'id'> }
  | { readonly do: 'restart' | 'terminate' | 'delete'; readonly at: number }

interface Run {
  readonly flags: ModelFlags
  readonly first: readonly Omit<ModelSpec, 'id'>[]
  readonly steps: readonly Step[]
}

const at = fc.nat(5)
const spec = fc.record({
  restart: fc.constantFrom<Restart>('permanent', 'permanent', 'transient', 'temporary'),
  significant: fc.boolean(),
  pauses: fc.integer({ min: 0, max: 3 }).map((number) => number === 0),
})

const end = fc.record({
  do: fc.constant('end' as const),
  at,
  how: fc.constantFrom<End>('normal', 'shutdown', 'abnormal', 'kill'),
})

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: end },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('plan' as const),
      at,
      answers: fc.array(fc.constantFrom<Answer>('fail', 'fail', 'ok', 'ignore'), {
        minLength: 1,
        maxLength: 3,
      }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('tick' as const), seconds: fc.constantFrom(1, 2, 6) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('start' as const), at, spec }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('restart' as const, 'terminate' as const, 'delete' as const),
      at,
    }),
  },
)

export const randomRun: fc.Arbitrary<Run> = fc.record({
  flags: fc.record({
    strategy: fc.constantFrom('one_for_one', 'one_for_all', 'rest_for_one', 'simple_one_for_one'),
    intensity: fc.nat(8),
    period: fc.constantFrom(1, 5),
    autoShutdown: fc.constantFrom('never', 'never', 'any_significant', 'all_significant'),
  }),
  first: fc.array(spec, { minLength: 1, maxLength: 4 }),
  steps: fc.array(step, { minLength: 3, maxLength: 24, size: 'max' }),
})

/** Throws where the two part; gives the number of steps they took together. */
export async function agree(given: Run): Promise<number> {
  const world = await OtpWorld.open()
  try {
    return await compare(world, given)
  } finally {
    await world.close()
  }
}

async function compare(world: OtpWorld, given: Run): Promise<number> {
  const pair = await Pair.begin(world, given)
  for (const [number, each] of given.steps.entries()) {
    if (pair.model.dead) return number
    await pair.step(each)
    await pair.expectSame(`step ${number}: ${JSON.stringify(each)}`)
  }
  return given.steps.length
}

class Pair {
  readonly model: OtpModel
  readonly #world: OtpWorld
  readonly #template: ModelSpec | undefined
  /** Of a dynamic child: the name of its script. */
  readonly #scripts = new Map<string, string>()

  private constructor(world: OtpWorld, model: OtpModel, template: ModelSpec | undefined) {
    this.#world = world
    this.model = model
    this.#template = template
  }

  static async begin(world: OtpWorld, { flags: given, first }: Run): Promise<Pair> {
    const simple = given.strategy === 'simple_one_for_one'
    const flags: ModelFlags = simple ? { ...given, autoShutdown: 'never' } : given
    const specs = first.map((each, index) => legal({ ...each, id: `c${index}` }, flags))
    const template = simple ? specs[0] : undefined
    await world.started({ ...flags, children: (template ? [template] : specs).map(specOf) })
    const pair = new Pair(world, new OtpModel(flags, world.clock.now() / 1_000), template)
    for (const each of specs) await pair.#add(template ?? each, !simple)
    await pair.expectSame('the beginning')
    return pair
  }

  async step(given: Step): Promise<void> {
    switch (given.do) {
      case 'tick':
        this.model.tick(given.seconds)
        this.#world.clock.advance(given.seconds * 1_000)
        return this.#settle()
      case 'start':
        return this.#start(given)
      case 'plan': {
        const id = this.#id(given.at)
        if (id === undefined) return
        this.model.plan(id, given.answers)
        this.#world.script(this.#scripts.get(id) ?? id, given.answers)
        return
      }
      case 'end':
        return this.#end(given.at, given.how)
      default:
        return this.#call(given.do, this.#id(given.at) ?? 'nobody')
    }
  }

  async expectSame(when: string): Promise<void> {
    const real = await this.#which()
    const wanted = this.model.dead ? 'dead' : this.model.which()
    if (JSON.stringify(real) === JSON.stringify(wanted)) return
    throw new Error(`${when}: OTP has ${JSON.stringify(wanted)}, we have ${JSON.stringify(real)}`)
  }

  async #which(): Promise<unknown> {
    const reply = await this.#world.sup.whichChildren()
    if (!reply.ok)
      return this.#world.pids.length === 1 ? 'dead' : `dead, but ${this.#world.pids.join(' ')} live`
    // Those without an id are known by where they are; one that is restarting is nowhere.
    const ids = this.model.which().map(([id]) => id)
    return reply.value.map(({ id, child: address }, index) => {
      const name = id ?? (address?.startsWith(SUP) ? address.slice(SUP.length + 1) : ids[index])
      if (address === null || address === 'restarting') return [name, address]
      return [name, Number(this.#world.pidAt(address).split('@')[1])]
    })
  }

  async #start({ at: index, spec: given }: Step & { do: 'start' }): Promise<void> {
    const { strategy } = this.model.flags
    const isRound = strategy === 'one_for_all' || strategy === 'rest_for_one'
    // Which of two pauses ends first is a matter of chance.
    if (isRound && this.model.children.some(({ paused }) => paused)) return
    await this.#add(this.#template ?? legal({ ...given, id: `c${index}` }, this.model.flags), false)
  }

  /** `begun`: its supervisor has started it already. */
  async #add(each: ModelSpec, begun: boolean): Promise<void> {
    if (begun) {
      this.model.start(each)
      return
    }
    const script = `dynamic${this.#scripts.size}`
    const reply = await this.#world.sup.startChild(this.#template ? { script } : specOf(each))
    const address = this.#template && reply.ok ? (reply.value as { child: string }).child : undefined
    const id = address?.slice(SUP.length + 1) ?? each.id
    if (this.#template) this.#scripts.set(id, script)
    this.#same(`start ${id}`, this.model.start({ ...each, id }), reply)
    await this.#settle()
  }

  async #end(index: number, how: End): Promise<void> {
    const { children, flags } = this.model
    const up = children.filter(({ state }) => state === 'up')
    const target = up[index % Math.max(1, up.length)]
    if (!target) return
    const pausing = children.findIndex(({ paused }) => paused)
    // Again: two pauses, one inside the round of the other.
    if (flags.strategy === 'rest_for_one' && pausing >= 0 && children.indexOf(target) > pausing) return
    this.model.end(target.id, how)
    await this.#world.end(this.#world.pidAt(`${SUP}.${target.id}`), how)
    await this.#settle()
  }

  async #call(verb: 'restart' | 'terminate' | 'delete', id: string): Promise<void> {
    const { sup } = this.#world
    const { simple } = this.model
    const name = simple && verb === 'terminate' ? `${SUP}.${id}` : id
    if (simple && id === 'nobody') return
    const wanted = this.model[verb](id)
    const calls = { restart: 'restartChild', terminate: 'terminateChild', delete: 'deleteChild' } as const
    this.#same(`${verb} ${id}`, wanted, await sup[calls[verb]](name))
    await this.#settle()
  }

  #same(what: string, wanted: string, reply: { ok: true } | { ok: false; error: { code: string } }): void {
    const code = reply.ok ? 'ok' : reply.error.code
    if (code !== wanted) throw new Error(`${what}: OTP answers ${wanted}, we answer ${code}`)
  }

  #id(index: number): string | undefined {
    return this.model.children[index % Math.max(1, this.model.children.length)]?.id
  }

  #settle(): Promise<void> {
    return this.#world.quiet()
  }
}

/** Without the combinations that are refused. */
function legal(given: ModelSpec, { autoShutdown }: ModelFlags): ModelSpec {
  const significant = given.significant && autoShutdown !== 'never' && given.restart !== 'permanent'
  return { ...given, significant }
}

function specOf({ id, restart, significant, pauses }: ModelSpec) {
  const backoff = pauses ? { backoff: { firstMs: 1_000, maxMs: 1_000 } } : {}
  return child(id, { restart, significant, input: { script: id }, ...backoff })
}
