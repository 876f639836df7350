import { describe, expect } from 'vitest'
import { otp } from './otp.ts'
import { child, flags, type How, type OtpWorld, SUP } from './world.ts'

const refused = (code: string) => ({ ok: false, error: expect.objectContaining({ code }) })

/** Stands where the original has a start that takes two seconds to fail. */
const backoff = { firstMs: 2_000, maxMs: 2_000 }

const simple = (fields: object = {}, intensity = 2, period = 3_600) => ({
  ...flags('simple_one_for_one', intensity, period),
  children: [child('child', { ...fields })],
})

async function many(world: OtpWorld, count: number): Promise<string[]> {
  const replies = await Promise.all(Array.from({ length: count }, () => world.sup.startChild()))
  return replies.map((reply) => String((reply as { value: { child: string } }).value.child))
}

describe('supervisor_SUITE: misc', () => {
  otp('child_unlink', async (world) => {
    await world.started(flags('one_for_one'))
    await world.start(child('naughty_child', { input: { slow: -1 } }))
    const terminated = world.sup.terminateChild('naughty_child')
    const view = world.sup.whichChildren()
    expect(await view).toMatchObject({ ok: true })
    for (let time = 0; time < 10; time += 1) {
      await new Promise((resolve) => setImmediate(resolve))
      world.clock.advance(1_000)
    }
    expect(await terminated).toMatchObject({ ok: true })
    expect(world.reason(`${SUP}.naughty_child@1`)).toBe('killed')
    expect(await world.which()).toEqual([['naughty_child', null]])
  })

  otp('tree', async (world) => {
    world.script('once', ['ok'], 'fail')
    const inner = (id: string, children: unknown[], restart = 'permanent') => ({
      ...{ id, src: 'supervisor', type: 'supervisor', resume: 'input', restart },
      input: { ...flags('one_for_one', 4), children },
    })
    await world.started(flags('one_for_all', 4))
    const [one, two, three] = ['supchild1', 'supchild2', 'supchild3'].map((id) => `${SUP}.${id}`) as [
      string,
      string,
      string,
    ]
    await world.start(inner('supchild1', [child('child1'), child('child2')]))
    await world.start(inner('supchild2', []))
    await world.start(inner('supchild3', [], 'transient'))
    await world.sup.terminateChild('supchild3')
    expect(await world.counts()).toEqual([3, 2, 3, 0])
    const workers = [
      ['child2', `${one}.child2@1`],
      ['child1', `${one}.child1@1`],
    ]
    expect(await world.which(one)).toEqual(workers)
    expect(await world.counts(two)).toEqual([0, 0, 0, 0])

    const third = await world.start(child('child3', { input: { script: 'once' } }), two)
    const fourth = await world.start(child('child4'), two)
    await world.terminate(fourth, 'abnormal')
    expect(await world.which(one)).toEqual(workers)
    expect(await world.which(two)).toEqual([
      ['child4', `${two}.child4@2`],
      ['child3', third],
    ])

    // It cannot be started again: its supervisor gives up, and the top one starts all of its own again.
    await world.terminate(third, 'abnormal')
    expect(world.reason(`${two}@1`)).toBe('shutdown')
    expect(await world.which()).toEqual([
      ['supchild3', `${three}@2`],
      ['supchild2', `${two}@2`],
      ['supchild1', `${one}@2`],
    ])
    expect(await world.counts()).toEqual([3, 3, 3, 0])
    expect(await world.which(one)).toEqual([
      ['child2', `${one}.child2@2`],
      ['child1', `${one}.child1@2`],
    ])
    expect(await world.which(two)).toEqual([])
    expect(await world.which(three)).toEqual([])
  })

  otp('count_children', async (world) => {
    await world.started(simple({ restart: 'temporary' }))
    await many(world, 300)
    expect(await world.counts()).toEqual([1, 300, 0, 300])
    const later = await many(world, 300)
    expect(await world.counts()).toEqual([1, 600, 0, 600])
    expect(await world.sup.whichChildren()).toMatchObject({ value: expect.objectContaining({ length: 600 }) })
    for (const address of world.node.actors.map((actor) => actor.address)) {
      if (address.startsWith(`${SUP}.`)) world.node.kill(address)
    }
    await world.quiet()
    expect(await world.counts()).toEqual([1, 0, 0, 0])
    expect(world.alive(String(later[0]))).toBe(false)
  })

  otp('count_children_supervisor', async (world) => {
    await world.started(simple({ restart: 'temporary', shutdown: 'infinity', type: 'supervisor' }))
    await many(world, 200)
    expect(await world.counts()).toEqual([1, 200, 200, 0])
    await many(world, 200)
    expect(await world.counts()).toEqual([1, 400, 400, 0])
  })

  otp('count_restarting_children', async (world) => {
    const script = world.script('flag', [])
    const given = simple({ shutdown: 'brutal_kill', backoff, input: { script: 'flag' } }, 20, 10)
    await world.started(given)
    const pids: string[] = []
    for (let number = 1; number <= 3; number += 1) {
      pids.push(await world.start({}))
      expect(await world.counts()).toEqual([1, number, 0, number])
    }
    for (const pid of pids) await world.terminate(pid, 'abnormal')
    expect(await world.counts()).toEqual([1, 0, 0, 3])
    world.clock.advance(2_000)
    await world.quiet()
    expect(await world.counts()).toEqual([1, 3, 0, 3])
    const [third, second, first] = (await world.which()).map(([, pid]) => String(pid))

    script.after = 'fail'
    await world.terminate(String(first), 'abnormal')
    await world.terminate(String(second), 'abnormal')
    world.clock.advance(2_000)
    await world.quiet()
    expect(await world.counts()).toEqual([1, 1, 0, 3])
    script.after = 'ok'
    world.clock.advance(2_000)
    await world.quiet()
    expect(await world.counts()).toEqual([1, 3, 0, 3])
    const addresses = [first, second, third].map((pid) => String(pid).replace(/@.*/, ''))
    for (const [index, address] of addresses.entries()) {
      expect(await world.sup.terminateChild(address)).toMatchObject({ ok: true })
      expect(await world.counts()).toEqual([1, 2 - index, 0, 2 - index])
    }
  })

  otp('do_not_save_start_parameters_for_temporary_children', async (world) => {
    for (const strategy of ['one_for_all', 'one_for_one', 'rest_for_one', 'simple_one_for_one']) {
      const size = async (restart: string): Promise<number> => {
        const dynamic = strategy === 'simple_one_for_one'
        const ballast = 'Potentially large'.repeat(10)
        await world.started({ ...flags(strategy), children: dynamic ? [child('child', { restart })] : [] })
        for (let number = 0; number < 10; number += 1) {
          await world.start(dynamic ? { ballast } : child(`child${number}`, { restart, input: { ballast } }))
        }
        await world.quiet()
        const stored = (await world.store.read(SUP))?.record.supervision
        await world.stopSup()
        return JSON.stringify(stored).length
      }
      const temporary = await size('temporary')
      expect(temporary, strategy).toBeLessThan((await size('permanent')) - 1_000)
      expect(temporary, strategy).toBeLessThan((await size('transient')) - 1_000)
    }
  })

  otp('do_not_save_child_specs_for_temporary_children', async (world) => {
    const id = 'child1'
    const { sup } = world
    for (const strategy of ['one_for_all', 'one_for_one', 'rest_for_one']) {
      for (const how of ['kill', 'normal', 'abnormal', 'supervisor'] as const) {
        await world.started(flags(strategy))
        const end = async (spec: ReturnType<typeof child>): Promise<void> => {
          const pid = await world.start(spec)
          if (how === 'supervisor') await sup.terminateChild(spec.id)
          else await world.terminate(pid, how satisfies How)
        }
        for (const restart of ['permanent', 'transient'] as const) {
          const spec = child(restart, { restart })
          await end(spec)
          const isKept = how === 'supervisor' || (how === 'normal' && restart === 'transient')
          const code = isKept ? 'already_present' : 'already_started'
          expect(await sup.startChild(spec), `${strategy} ${how} ${restart}`).toEqual(refused(code))
          if (isKept) expect(await sup.restartChild(restart)).toMatchObject({ ok: true })
        }
        const spec = child(id, { restart: 'temporary' })
        await end(spec)
        expect(await sup.startChild(spec), `${strategy} ${how}`).toMatchObject({ ok: true })
        await world.stopSup()
      }
    }
  })

  otp('simple_one_for_one_scale_many_temporary_children', async (world) => {
    await world.started(simple({ restart: 'temporary' }))
    const timed = async (count: number): Promise<number> => {
      const addresses = await many(world, count)
      const since = performance.now()
      await Promise.all(addresses.map((address) => world.sup.terminateChild(address)))
      expect(await world.counts()).toEqual([1, 0, 0, 0])
      return performance.now() - since
    }
    const few = await timed(50)
    expect((await timed(500)) / few).toBeLessThan(50)
  })

  otp('temporary_bystander', async (world) => {
    for (const strategy of ['one_for_all', 'rest_for_one']) {
      await world.started(flags(strategy, 2, 300))
      const first = await world.start(child('child1'))
      const bystander = await world.start(child('child2', { restart: 'temporary' }))
      await world.terminate(first, 'normal')
      expect(world.reason(bystander)).toBe('shutdown')
      expect(world.alive(SUP)).toBe(true)
      expect(await world.which()).toEqual([['child1', world.pidAt(`${SUP}.child1`)]])
      expect(world.alive(world.pidAt(`${SUP}.child1`))).toBe(true)
      await world.stopSup()
    }
  })

  otp('simple_global_supervisor', async (world) => {
    const middle = `${SUP}.middle`
    const server = `${middle}.child`
    const start = async (): Promise<[string, string]> => {
      const input = { ...flags('one_for_all', 3, 60), children: [child('child')] }
      const fields = { id: 'middle', src: 'supervisor', type: 'supervisor', shutdown: 2_000, resume: 'input' }
      await world.started({ ...flags('one_for_all', 3, 60), children: [{ ...fields, input }] })
      return [world.pidAt(middle), world.pidAt(server)]
    }
    const expectNew = (...pids: string[]): void => {
      for (const pid of pids) expect(world.alive(pid), pid).toBe(false)
      for (const name of [middle, server]) {
        expect(
          world.node.actors.filter(({ address }) => address === name),
          name,
        ).toHaveLength(1)
      }
    }
    const ways = [
      async (sup: string, worker: string) => {
        await world.terminate(sup, 'kill')
        expectNew(sup, worker)
      },
      async (_: string, worker: string) => {
        await world.terminate(worker, 'kill')
        expectNew(worker)
      },
      async (_: string, worker: string) => {
        await world.terminate(worker, 'normal')
        expectNew(worker)
      },
      async (_: string, worker: string) => {
        await world.node.supervisor(middle).terminateChild('child')
        expect(await world.node.supervisor(middle).restartChild('child')).toMatchObject({ ok: true })
        expectNew(worker)
      },
    ]
    for (const way of ways) {
      await way(...(await start()))
      await world.stopSup()
      expect(world.pids).toEqual(['top@1'])
    }
  })

  otp('order_of_children', async (world) => {
    const ids = ['ch7', 'ch3', 'ch10', 'ch2', 'ch5']
    await world.started({ ...flags('rest_for_one'), children: ids.map((id) => child(id)) })
    const begun = (from: number): string[] =>
      world.facts.slice(from).flatMap((fact) => {
        const isBeginning = fact.type === 'actor.started' || fact.type === 'actor.restarted'
        return isBeginning && fact.address !== SUP && fact.address !== 'top'
          ? [fact.address.split('.')[2] ?? '']
          : []
      })
    expect(begun(0)).toEqual(ids)
    expect((await world.which()).map(([id]) => id)).toEqual(ids.toReversed())

    const since = world.facts.length
    await world.terminate(`${SUP}.ch10@1`, 'abnormal')
    expect(world.ends.map(({ pid }) => pid).slice(1)).toEqual([`${SUP}.ch5@1`, `${SUP}.ch2@1`])
    expect(begun(since)).toEqual(['ch10', 'ch2', 'ch5'])
    expect(await world.which()).toEqual([
      ['ch5', `${SUP}.ch5@2`],
      ['ch2', `${SUP}.ch2@2`],
      ['ch10', `${SUP}.ch10@2`],
      ['ch3', `${SUP}.ch3@1`],
      ['ch7', `${SUP}.ch7@1`],
    ])

    const before = world.ends.length
    await world.stopSup()
    const numbers: Record<string, number> = { ch7: 1, ch3: 1, ch10: 2, ch2: 2, ch5: 2 }
    expect(world.ends.slice(before).map(({ pid }) => pid)).toEqual([
      ...ids.toReversed().map((id) => `${SUP}.${id}@${numbers[id]}`),
      `${SUP}@1`,
    ])
  })

  otp('scale_start_stop_many_children', async (world) => {
    await world.started(flags('one_for_one'))
    const timed = async (count: number): Promise<[start: number, stop: number]> => {
      const ids = Array.from({ length: count }, (_, index) => `${count}-${index}`)
      const since = performance.now()
      await Promise.all(ids.map((id) => world.sup.startChild(child(id))))
      const started = performance.now()
      await Promise.all(ids.map((id) => world.sup.terminateChild(id)))
      return [started - since, performance.now() - started]
    }
    const [start, stop] = await timed(50)
    const [startMany, stopMany] = await timed(500)
    expect(await world.counts()).toEqual([550, 0, 0, 550])
    expect(startMany / start).toBeLessThan(100)
    expect(stopMany / stop).toBeLessThan(100)
  })

  otp('format_log_1', async (world) => {
    await world.started(flags('one_for_one'))
    const pid = await world.start(child('any_id'))
    await world.terminate(pid, 'abnormal')
    expect(world.facts.filter(({ type }) => type === 'child.failed')).toEqual([
      {
        type: 'child.failed',
        address: SUP,
        child: 'any_id',
        phase: 'run',
        exit: { reason: 'crash', error: { message: expect.stringContaining('boom') } },
        next: 'restart',
        restarts: 1,
      },
    ])
  })

  otp('format_log_2', async (world) => {
    await world.started(flags('one_for_one', 0))
    const pid = await world.start(child('any_id'))
    await world.end(pid, 'abnormal')
    await world.gone()
    const failed = world.facts.filter(({ type }) => type === 'child.failed')
    expect(failed[0]).toMatchObject({ child: 'any_id', next: 'give_up', restarts: 1 })
    expect(world.facts.filter(({ type }) => type === 'actor.gave_up')).toEqual([
      { type: 'actor.gave_up', address: SUP, child: 'any_id', restarts: 0 },
    ])
  })

  otp('already_started_outside_supervisor', async (world) => {
    await world.started({})
    const fail = { code: 'already_started', detail: { address: 'elsewhere' } }
    expect(
      await world.sup.startChild(child('child', { restart: 'transient', input: { fail } })),
    ).toMatchObject({
      error: { code: 'already_started', detail: { address: 'elsewhere' } },
    })
    expect(await world.which()).toEqual([])
  })

  otp('which_children', async (world) => {
    await world.started({})
    const { sup } = world
    const view = async (id: string) => {
      const reply = await sup.whichChild(id)
      return reply.ok ? [reply.value.id, reply.value.child] : reply.error.code
    }
    expect(await world.which()).toEqual([])
    expect(await view('childx')).toBe('not_found')
    await world.start(child('child1'))
    expect(await view('child1')).toEqual(['child1', `${SUP}.child1`])
    await world.start(child('child2'))
    expect((await world.which()).map(([id]) => id)).toEqual(['child2', 'child1'])
    expect(await view('child2')).toEqual(['child2', `${SUP}.child2`])
    await sup.terminateChild('child1')
    expect(await world.which()).toEqual([
      ['child2', `${SUP}.child2@1`],
      ['child1', null],
    ])
    expect(await view('child1')).toEqual(['child1', null])
    await sup.deleteChild('child1')
    expect(await view('child1')).toBe('not_found')
    expect(await view('child2')).toEqual(['child2', `${SUP}.child2`])
    expect(await view('childx')).toBe('not_found')
  })

  otp('which_children_simple_one_for_one', async (world) => {
    await world.started(simple({ restart: 'temporary' }))
    const { sup } = world
    const view = async (address: string) => {
      const reply = await sup.whichChild(address)
      return reply.ok ? [reply.value.id, reply.value.child] : reply.error.code
    }
    expect(await view('top.other')).toBe('not_found')
    const [first] = await many(world, 1)
    expect(await view(String(first))).toEqual([null, first])
    const [second] = await many(world, 1)
    expect(await view(String(second))).toEqual([null, second])
    await sup.terminateChild(String(first))
    expect(await world.which()).toEqual([[null, `${second}@1`]])
    expect(await view(String(first))).toBe('not_found')
    expect(await view('not_a_pid')).toBe('simple_one_for_one')
  })
})

describe('supervisor_SUITE: hanging restart loop', () => {
  /** The child's restarts begin to fail, and are tried for a while. */
  async function hang(world: OtpWorld, pid: string): Promise<void> {
    for (const script of world.scripts.values()) script.after = 'fail'
    await world.terminate(pid, 'abnormal')
    world.clock.advance(2_000)
    await world.quiet()
  }

  const input = { script: 'flag' }

  otp('hanging_restart_loop', async (world) => {
    const script = world.script('flag', [])
    await world.started(flags('one_for_one', 8, 10))
    const { sup } = world
    const spec = child('child1', { shutdown: 'brutal_kill', backoff, input })
    const first = await world.start(spec)
    await hang(world, first)
    expect(script.asked).toBe(2)
    expect(await sup.startChild(spec)).toEqual(refused('already_present'))
    expect(await sup.restartChild('child1')).toEqual(refused('restarting'))
    expect(await sup.deleteChild('child1')).toEqual(refused('restarting'))
    expect(await world.which()).toEqual([['child1', 'restarting']])
    expect(await world.counts()).toEqual([1, 0, 0, 1])
    expect(await sup.terminateChild('child1')).toMatchObject({ ok: true })
    expect(await world.which()).toEqual([['child1', null]])
    world.clock.advance(60_000)
    await world.quiet()
    expect(script.asked).toBe(2)

    script.after = 'ok'
    expect(await sup.restartChild('child1')).toMatchObject({ ok: true })
    await hang(world, world.pidAt(`${SUP}.child1`))
    expect(await world.which()).toEqual([['child1', 'restarting']])
    await world.stopSup()
    expect(world.reason(`${SUP}@1`)).toBe('shutdown')
  })

  otp('hanging_restart_loop_rest_for_one', async (world) => {
    const script = world.script('flag', [])
    await world.started(flags('rest_for_one', 8, 10))
    const { sup } = world
    const shutdown = 'brutal_kill'
    const first = await world.start(child('child1', { shutdown }))
    const spec = child('child2', { shutdown, backoff, input })
    const second = await world.start(spec)
    await world.start(child('child3', { shutdown }))
    await hang(world, second)
    expect(await sup.startChild(spec)).toEqual(refused('already_present'))
    expect(await sup.restartChild('child2')).toEqual(refused('restarting'))
    expect(await sup.deleteChild('child2')).toEqual(refused('restarting'))
    expect(await world.which()).toEqual([
      ['child3', null],
      ['child2', 'restarting'],
      ['child1', first],
    ])
    expect(await world.counts()).toEqual([3, 1, 0, 3])
    expect(await sup.terminateChild('child2')).toMatchObject({ ok: true })
    expect(await world.which()).toEqual([
      ['child3', null],
      ['child2', null],
      ['child1', first],
    ])
    script.after = 'ok'
    expect(await sup.restartChild('child2')).toMatchObject({ ok: true })
    await hang(world, world.pidAt(`${SUP}.child2`))
    await world.stopSup()
    expect(world.reason(`${SUP}@1`)).toBe('shutdown')
    expect(world.pids).toEqual(['top@1'])
  })

  otp('hanging_restart_loop_simple', async (world) => {
    const script = world.script('flag', [])
    await world.started(simple({ shutdown: 'brutal_kill', backoff, input }, 8, 10))
    const { sup } = world
    const first = await world.start({})
    await hang(world, first)
    expect(await sup.restartChild('child1')).toEqual(refused('simple_one_for_one'))
    expect(await sup.deleteChild('child1')).toEqual(refused('simple_one_for_one'))
    expect(await world.which()).toEqual([[null, 'restarting']])
    expect(await world.counts()).toEqual([1, 0, 0, 1])
    expect(await sup.terminateChild(first.replace(/@.*/, ''))).toMatchObject({ ok: true })
    expect(await world.which()).toEqual([])
    expect(world.node.census.alarms).toBe(0)
    script.after = 'ok'
    const second = await world.start({})
    await hang(world, second)
    await world.stopSup()
    expect(world.reason(`${SUP}@1`)).toBe('shutdown')
    expect(world.pids).toEqual(['top@1'])
  })
})

describe('supervisor_SUITE: code_change', () => {
  async function changed(world: OtpWorld, strategy: object): Promise<void> {
    const { sup } = world
    await world.started({ ...strategy, children: [] })
    const given = { intensity: 1, period: 3, children: [] }
    expect(await sup.change(given)).toMatchObject({ ok: true })
    await world.quiet()
    expect((await world.store.read(SUP))?.record.supervision.strategy).toMatchObject({
      intensity: 1,
      period: 3,
    })
    expect(await sup.change({ children: [{ id: 'child1', restart: 'permanent' }] })).toEqual(
      refused('missing_start'),
    )
    const second = child('child2', { shutdown: 'brutal_kill' })
    const children = [child('child1', { shutdown: 2_000 }), second]
    expect(await sup.change({ children })).toMatchObject({ ok: true })
    expect(await world.which()).toEqual([
      ['child2', null],
      ['child1', null],
    ])
    for (const id of ['child1', 'child2']) expect(await sup.restartChild(id)).toMatchObject({ ok: true })
    expect(await sup.getChildSpec('child1')).toMatchObject({ value: { shutdown: 2_000 } })

    // One changed, one missing, one new: what runs goes on.
    const next = [child('child1', { shutdown: 1_000 }), child('child3', { shutdown: 'brutal_kill' })]
    expect(await sup.change({ children: next })).toMatchObject({ ok: true })
    expect(await world.which()).toEqual([
      ['child2', `${SUP}.child2@1`],
      ['child3', null],
      ['child1', `${SUP}.child1@1`],
    ])
    expect(await sup.getChildSpec('child1')).toMatchObject({ value: { shutdown: 1_000 } })
    expect(await sup.change('ignore')).toMatchObject({ ok: true })
    expect(await sup.change('faulty_return')).toEqual(refused('invalid_type'))
    expect(await sup.change({ intensity: 'faulty_intensity', children: [] })).toEqual(
      refused('invalid_intensity'),
    )
    expect(await world.counts()).toEqual([3, 2, 0, 3])
  }

  async function changedSimple(world: OtpWorld, strategy: object): Promise<void> {
    const { sup } = world
    const given = (...children: unknown[]) => ({ ...strategy, strategy: 'simple_one_for_one', children })
    await world.started(given(child('child1', { shutdown: 'brutal_kill' })))
    const pid = await world.start({})
    expect(await sup.change(given(child('child1', { shutdown: 1_000 })))).toMatchObject({ ok: true })
    expect(await sup.change(given(child('child1'), child('child2')))).toEqual(refused('bad_start_spec'))
    expect(await sup.change(given())).toEqual(refused('bad_start_spec'))
    expect(await world.which()).toEqual([[null, pid]])
    await world.stopSup()
    expect(world.reason(pid)).toBe('shutdown')
  }

  otp('code_change', (world) => changed(world, { strategy: 'one_for_one', intensity: 0, period: 1 }))
  otp('code_change_map', (world) => changed(world, {}))
  otp('code_change_simple', (world) => changedSimple(world, { intensity: 0, period: 1 }))
  otp('code_change_simple_map', (world) => changedSimple(world, {}))
})
