// A supervisor as OTP describes it, written from its rules and not from our code: no incarnations, no orders, no
// messages; each call leaves it where a real one is when nothing goes on any more.
//
// Rules: restart_child, restart, restart_multiple_children, add_restart, do_auto_shutdown and the handle_calls of
// Erlang/OTP's `supervisor`. Pauses are ours: a child with one is restarting until time has passed.

export type Restart = 'permanent' | 'transient' | 'temporary'
export type StrategyName = 'one_for_one' | 'one_for_all' | 'rest_for_one' | 'simple_one_for_one'
export type Answer = 'ok' | 'fail' | 'ignore'
export type End = 'normal' | 'shutdown' | 'abnormal' | 'kill'

export interface ModelSpec {
  readonly id: string
  readonly restart: Restart
  readonly significant: boolean
  readonly pauses: boolean
}

export interface ModelFlags {
  readonly strategy: StrategyName
  readonly intensity: number
  readonly period: number
  readonly autoShutdown: 'never' | 'any_significant' | 'all_significant'
}

interface ModelChild extends ModelSpec {
  state: 'up' | 'restarting' | 'undefined'
  paused: boolean
}

class Dead extends Error {}

export class OtpModel {
  readonly flags: ModelFlags
  children: ModelChild[] = []
  dead = false
  /** Seconds. */
  now: number
  #restarts: number[] = []
  readonly #attempts = new Map<string, number>()
  readonly #plans = new Map<string, Answer[]>()

  constructor(flags: ModelFlags, now: number) {
    this.flags = flags
    this.now = now
  }

  get simple(): boolean {
    return this.flags.strategy === 'simple_one_for_one'
  }

  /** What the next starts of this child answer. */
  plan(id: string, answers: readonly Answer[]): void {
    this.#plans.set(id, [...answers])
  }

  /** Newest first, with how often a start of each was tried. */
  which(): [id: string, child: number | 'restarting' | null][] {
    return this.children.toReversed().map(({ id, state }) => {
      if (state === 'up') return [id, this.#attempts.get(id) ?? 0]
      return [id, state === 'restarting' ? state : null]
    })
  }

  start(spec: ModelSpec): string {
    const present = this.children.find(({ id }) => id === spec.id)
    if (present) return present.state === 'up' ? 'already_started' : 'already_present'
    const answer = this.#answer(spec.id)
    if (answer === 'fail') return 'error'
    if (answer === 'ignore' && (this.simple || spec.restart === 'temporary')) return 'ok'
    this.children.push({ ...spec, state: answer === 'ok' ? 'up' : 'undefined', paused: false })
    return 'ok'
  }

  restart(id: string): string {
    if (this.simple) return 'simple_one_for_one'
    const child = this.#find(id)
    if (!child) return 'not_found'
    if (child.state === 'up') return 'running'
    if (child.state === 'restarting') return 'restarting'
    const answer = this.#answer(id)
    if (answer === 'ok') child.state = 'up'
    return answer === 'fail' ? 'error' : 'ok'
  }

  terminate(id: string): string {
    const child = this.#find(id)
    if (!child) return this.simple ? 'ok' : 'not_found'
    this.#down(child)
    if (this.simple) this.#remove(child)
    return 'ok'
  }

  delete(id: string): string {
    if (this.simple) return 'simple_one_for_one'
    const child = this.#find(id)
    if (!child) return 'not_found'
    if (child.state === 'up') return 'running'
    if (child.state === 'restarting') return 'restarting'
    this.#remove(child)
    return 'ok'
  }

  end(id: string, how: End): void {
    const child = this.#find(id)
    if (child?.state !== 'up') throw new Error(`${id} is not up`)
    const ordinary = how === 'normal' || how === 'shutdown'
    const again = child.restart === 'permanent' || (child.restart === 'transient' && !ordinary)
    this.#living(() => {
      if (again) return this.#attempt(child)
      child.state = 'undefined'
      if (this.simple || child.restart === 'temporary') this.#remove(child)
      if (child.significant) this.#autoShutdown()
    })
  }

  /** Every pause that was there before is over. */
  tick(seconds: number): void {
    this.now += seconds
    this.#living(() => {
      for (const child of this.children.filter(({ paused }) => paused)) if (child.paused) this.#round(child)
    })
  }

  #living(work: () => void): void {
    try {
      work()
    } catch (thrown) {
      if (!(thrown instanceof Dead)) throw thrown
      this.dead = true
      this.children = []
    }
  }

  #autoShutdown(): void {
    if (this.flags.autoShutdown === 'any_significant') throw new Dead()
    if (this.flags.autoShutdown === 'never') return
    if (this.children.every(({ significant, state }) => !significant || state === 'undefined'))
      throw new Dead()
  }

  /** One restart, counted; it is made now, or after a pause. */
  #attempt(child: ModelChild): void {
    this.#restarts = [this.now, ...this.#restarts.filter((time) => time >= this.now - this.flags.period)]
    if (this.#restarts.length > this.flags.intensity) throw new Dead()
    if (!child.pauses) return this.#round(child)
    this.#clear(child)
    child.state = 'restarting'
    child.paused = true
  }

  #round(child: ModelChild): void {
    this.#clear(child)
    for (const member of this.#members(child)) {
      const answer = this.#answer(member.id)
      if (answer === 'fail') {
        member.state = 'restarting'
        return this.#attempt(member)
      }
      member.state = answer === 'ok' ? 'up' : 'undefined'
      if (answer === 'ignore' && this.simple) this.#remove(member)
    }
  }

  /** Nobody of the round is there any more, and temporary ones do not come back. */
  #clear(child: ModelChild): void {
    for (const member of this.#members(child)) {
      if (member === child || member.restart !== 'temporary') {
        member.state = 'undefined'
        member.paused = false
      } else this.#remove(member)
    }
  }

  #members(child: ModelChild): ModelChild[] {
    switch (this.flags.strategy) {
      case 'one_for_all':
        return [...this.children]
      case 'rest_for_one':
        return this.children.slice(this.children.indexOf(child))
      default:
        return [child]
    }
  }

  #down(child: ModelChild): void {
    child.state = 'undefined'
    child.paused = false
    if (child.restart === 'temporary') this.#remove(child)
  }

  #remove(child: ModelChild): void {
    this.children = this.children.filter((each) => each !== child)
  }

  #find(id: string): ModelChild | undefined {
    return this.children.find((child) => child.id === id)
  }

  #answer(id: string): Answer {
    this.#attempts.set(id, (this.#attempts.get(id) ?? 0) + 1)
    return this.#plans.get(id)?.shift() ?? 'ok'
  }
}
