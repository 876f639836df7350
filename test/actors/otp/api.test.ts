import { describe, expect } from 'vitest'
import { otp } from './otp.ts'
import { child, flags, SUP } from './world.ts'

const refused = (code: string) => ({ ok: false, error: expect.objectContaining({ code }) })

describe('supervisor_SUITE: the functions', () => {
  otp('child_adm', async (world) => {
    const spec = child('child1')
    await world.started({ ...flags('one_for_one'), children: [spec] })
    const { sup } = world
    const nobody = world.node.supervisor('foo')
    const first = `${SUP}.child1@1`
    expect(await world.which()).toEqual([['child1', first]])
    expect(await world.counts()).toEqual([1, 1, 0, 1])
    expect(await sup.startChild(spec)).toMatchObject({
      error: { code: 'already_started', detail: { address: `${SUP}.child1` } },
    })

    expect(await sup.terminateChild('hej')).toEqual(refused('not_found'))
    expect(await nobody.terminateChild('child1')).toEqual(refused('noproc'))
    expect(await sup.terminateChild('child1')).toMatchObject({ ok: true })
    expect(world.reason(first)).toBe('shutdown')
    expect(await world.which()).toEqual([['child1', null]])
    expect(await world.counts()).toEqual([1, 0, 0, 1])
    expect(await sup.terminateChild('child1')).toMatchObject({ ok: true })
    expect(await sup.startChild(spec)).toEqual(refused('already_present'))

    expect(await sup.restartChild('child1')).toMatchObject({ ok: true, value: { child: `${SUP}.child1` } })
    expect(await world.which()).toEqual([['child1', `${SUP}.child1@2`]])
    expect(await world.counts()).toEqual([1, 1, 0, 1])
    expect(await sup.restartChild('child1')).toEqual(refused('running'))
    expect(await sup.restartChild('child2')).toEqual(refused('not_found'))

    expect(await sup.deleteChild('child1')).toEqual(refused('running'))
    expect(await sup.deleteChild('hej')).toEqual(refused('not_found'))
    expect(await nobody.deleteChild('child1')).toEqual(refused('noproc'))
    expect(await sup.terminateChild('child1')).toMatchObject({ ok: true })
    expect(await sup.deleteChild('child1')).toMatchObject({ ok: true })
    expect(await sup.restartChild('child1')).toEqual(refused('not_found'))
    expect(await world.which()).toEqual([])
    expect(await world.counts()).toEqual([0, 0, 0, 0])

    expect(await nobody.startChild(spec)).toEqual(refused('noproc'))
    const third = await world.start(spec)
    expect(await world.which()).toEqual([['child1', third]])
    expect(await sup.terminateChild(`${SUP}.child1`)).toEqual(refused('not_found'))
    expect(await world.which()).toEqual([['child1', third]])
    expect(await world.counts()).toEqual([1, 1, 0, 1])
    expect(await nobody.whichChildren()).toEqual(refused('noproc'))
    expect(await nobody.countChildren()).toEqual(refused('noproc'))
  })

  otp('child_adm_simple', async (world) => {
    await world.started({ ...flags('simple_one_for_one'), children: [child('child')] })
    const { sup } = world
    expect(await world.which()).toEqual([])
    expect(await world.counts()).toEqual([1, 0, 0, 0])
    expect(await world.node.supervisor('foo').startChild({})).toEqual(refused('noproc'))
    const first = await world.start({})
    expect(await world.which()).toEqual([[null, first]])
    const second = await world.start({})
    expect(await world.which()).toEqual([
      [null, second],
      [null, first],
    ])
    expect(await world.counts()).toEqual([1, 2, 0, 2])

    expect(await sup.terminateChild('child1')).toEqual(refused('simple_one_for_one'))
    const address = first.slice(0, -2)
    expect(await sup.terminateChild(address)).toMatchObject({ ok: true })
    expect(await world.which()).toEqual([[null, second]])
    expect(world.alive(first)).toBe(false)
    expect(await sup.terminateChild(address)).toMatchObject({ ok: true })
    expect(await world.counts()).toEqual([1, 1, 0, 1])
    expect(await sup.terminateChild('top.other')).toEqual(refused('not_found'))
    expect(await sup.restartChild('child1')).toEqual(refused('simple_one_for_one'))
    expect(await sup.deleteChild('child1')).toEqual(refused('simple_one_for_one'))
  })

  otp('extra_return', async (world) => {
    const spec = child('child1', { input: { extra: 'extra_return' } })
    await world.started({ ...flags('one_for_one'), children: [spec] })
    const { sup } = world
    const value = { child: `${SUP}.child1`, extra: 'extra_return' }
    expect(await world.which()).toEqual([['child1', `${SUP}.child1@1`]])
    expect(await sup.deleteChild('child1')).toEqual(refused('running'))
    expect(await world.counts()).toEqual([1, 1, 0, 1])
    await sup.terminateChild('child1')
    expect(world.reason(`${SUP}.child1@1`)).toBe('shutdown')
    expect(await world.counts()).toEqual([1, 0, 0, 1])
    expect(await sup.restartChild('child1')).toEqual({ ok: true, value })
    expect(await world.which()).toEqual([['child1', `${SUP}.child1@2`]])
    await sup.terminateChild('child1')
    expect(await sup.terminateChild('child1')).toMatchObject({ ok: true })
    expect(await sup.deleteChild('child1')).toMatchObject({ ok: true })
    expect(await sup.restartChild('child1')).toEqual(refused('not_found'))
    expect(await world.counts()).toEqual([0, 0, 0, 0])
    expect(await sup.startChild(spec)).toEqual({ ok: true, value })
    await world.terminate(`${SUP}.child1@3`, 'abnormal')
    expect(await world.which()).toEqual([['child1', `${SUP}.child1@4`]])
    expect(await world.counts()).toEqual([1, 1, 0, 1])
  })

  otp('multiple_restarts', async (world) => {
    await world.started({ ...flags('one_for_one', 1, 1) })
    await world.start(child('child1', { shutdown: 'brutal_kill' }))
    for (let time = 0; time < 4; time += 1) {
      const [[, pid] = []] = await world.which()
      await world.terminate(String(pid), 'abnormal')
      world.clock.advance(2_100)
    }
    expect(await world.which()).toEqual([['child1', `${SUP}.child1@5`]])
    expect(await world.sup.terminateChild('child1')).toMatchObject({ ok: true })
    expect(await world.sup.deleteChild('child1')).toMatchObject({ ok: true })
  })
})

describe('supervisor_SUITE: what it is given', () => {
  otp('child_specs', async (world) => {
    await world.started(flags('one_for_one'))
    const { sup } = world
    const bad = { restart: 'prmanent', shutdown: -10, type: 'wrker' }
    expect(await sup.startChild('hej')).toEqual(refused('invalid_child_spec'))
    expect(await sup.startChild({ id: 'child', src: { m: 'f' } })).toEqual(refused('invalid_start'))
    expect(await sup.startChild(child('child', { restart: bad.restart }))).toEqual(
      refused('invalid_restart_type'),
    )
    expect(await sup.startChild(child('child', { shutdown: bad.shutdown }))).toEqual(
      refused('invalid_shutdown'),
    )
    expect(await sup.startChild(child('child', { type: bad.type }))).toEqual(refused('invalid_child_type'))
    expect(await world.which()).toEqual([])

    for (const restart of ['permanent', 'transient', 'temporary']) {
      for (const shutdown of [0, 1_000, 'infinity', 'brutal_kill']) {
        for (const type of ['supervisor', 'worker']) {
          const id = `${restart}-${shutdown}-${type}`
          expect(await sup.startChild(child(id, { restart, shutdown, type })), id).toMatchObject({ ok: true })
        }
      }
    }
    const twice = [child('child', { shutdown: 'infinity', type: 'supervisor' }), child('child')]
    const start = (strategy: string, children: unknown) =>
      world.startLink({ ...flags(strategy), children }, 'other')
    expect(await start('one_for_one', twice)).toMatchObject({
      error: { code: 'start_spec', detail: 'duplicate_child_name' },
    })
    expect(await start('one_for_one', [{ id: 'child', src: 1 }])).toMatchObject({
      error: { code: 'start_spec', detail: 'invalid_start' },
    })
    expect(await start('simple_one_for_one', [child('child', { restart: 'prmanent' })])).toMatchObject({
      error: { code: 'start_spec', detail: 'invalid_restart_type' },
    })
    expect(await start('simple_one_for_one', [])).toEqual(refused('bad_start_spec'))
    expect(await start('simple_one_for_one', [child('a'), child('b')])).toEqual(refused('bad_start_spec'))
  })

  otp('child_specs_map', async (world) => {
    await world.started({})
    const wrong: [string, object][] = [
      ['missing_id', {}],
      ['missing_start', { id: 'child' }],
      ['missing_id', { src: 'worker' }],
      ['invalid_start', { id: 'child', src: 7 }],
      ['invalid_restart_type', child('child', { restart: 'prmanent' })],
      ['invalid_shutdown', child('child', { shutdown: -10 })],
      ['invalid_child_type', child('child', { type: 'wrker' })],
      ['invalid_significant', child('child', { significant: 'maybe' })],
    ]
    for (const [code, spec] of wrong) expect(await world.sup.startChild(spec), code).toEqual(refused(code))
    expect(await world.which()).toEqual([])

    // Every legal combination is taken, every other one refused: by `change`, which checks and starts nothing.
    for (const autoShutdown of [undefined, 'never', 'any_significant', 'all_significant']) {
      for (const restart of [undefined, 'permanent', 'transient', 'temporary']) {
        for (const significant of [undefined, true, false]) {
          const never = autoShutdown === undefined || autoShutdown === 'never'
          const permanent = restart === undefined || restart === 'permanent'
          const wanted =
            significant && (never || permanent) ? refused('bad_combination') : { ok: true, value: null }
          const children = [undefined, 0, 1_000, 'infinity', 'brutal_kill'].flatMap((shutdown) =>
            [undefined, 'supervisor', 'worker'].flatMap((type) =>
              [undefined, 'dummy'].map((dummy) => ({
                ...{ id: `${shutdown}-${type}-${dummy}`, src: 'worker' },
                ...{ restart, significant, shutdown, type, dummy },
              })),
            ),
          )
          const given = JSON.parse(JSON.stringify({ autoShutdown, children }))
          expect(await world.sup.change(given)).toEqual(wanted)
        }
      }
    }
    const significant = { children: [child('child', { significant: true, restart: 'transient' })] }
    expect(await world.startLink(significant, 'other')).toMatchObject({
      error: { code: 'start_spec', detail: 'bad_combination' },
    })
  })

  otp('sup_flags', async (world) => {
    const start = (given: object) => world.startLink({ children: [], ...given })
    const wrong: [string, object][] = [
      ['invalid_strategy', { strategy: 'none_for_one' }],
      ['invalid_intensity', { intensity: 'infinity' }],
      ['invalid_intensity', { intensity: -1 }],
      ['invalid_period', { period: 0 }],
      ['invalid_period', { period: 'infinity' }],
      ['invalid_auto_shutdown', { autoShutdown: 'sometimes' }],
    ]
    for (const [detail, given] of wrong) {
      expect(await start(given)).toMatchObject({ error: { code: 'supervisor_data', detail } })
    }
    expect(await world.startLink({ strategy: 'one_for_one' })).toEqual(refused('bad_return'))
    expect(await start({ sillyFlag: true })).toMatchObject({ ok: true })
  })
})
