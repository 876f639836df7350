import { describe, expect } from 'vitest'
import { otp } from './otp.ts'
import { child, flags, SUP } from './world.ts'

const simple = (fields: Record<string, unknown>) => ({
  ...flags('simple_one_for_one'),
  children: [child('child', fields)],
})

describe('supervisor_SUITE: sup_start', () => {
  otp('sup_start_normal', async (world) => {
    await world.started(flags('one_for_one'))
    await world.stopSup()
    expect(world.reason(`${SUP}@1`)).toBe('shutdown')
  })

  otp('sup_start_ignore_init', async (world) => {
    expect(await world.startLink('ignore')).toEqual({ ok: true, value: { child: null } })
    await world.quiet()
    expect(world.alive(SUP)).toBe(false)
    expect(world.facts.filter(({ type }) => type === 'child.failed')).toEqual([])
  })

  otp('sup_start_ignore_child', async (world) => {
    world.script('first', ['ignore'])
    await world.started(flags('one_for_one'))
    const ignored = await world.sup.startChild(child('child1', { input: { script: 'first' } }))
    expect(ignored).toEqual({ ok: true, value: { child: null } })
    const pid = await world.start(child('child2'))
    expect(await world.which()).toEqual([
      ['child2', pid],
      ['child1', null],
    ])
    expect(await world.counts()).toEqual([2, 1, 0, 2])
  })

  otp('sup_start_ignore_temporary_child', async (world) => {
    world.script('first', ['ignore'])
    const restart = 'temporary'
    const children = [child('child1', { restart, input: { script: 'first' } }), child('child2', { restart })]
    await world.started({ ...flags('one_for_one'), children })
    expect(await world.which()).toEqual([['child2', `${SUP}.child2@1`]])
    expect(await world.counts()).toEqual([1, 1, 0, 1])
  })

  otp('sup_start_ignore_temporary_child_start_child', async (world) => {
    world.script('first', ['ignore'])
    const restart = 'temporary'
    await world.started(flags('one_for_one'))
    const ignored = await world.sup.startChild(child('child1', { restart, input: { script: 'first' } }))
    expect(ignored).toEqual({ ok: true, value: { child: null } })
    const pid = await world.start(child('child2', { restart }))
    expect(await world.which()).toEqual([['child2', pid]])
    expect(await world.counts()).toEqual([1, 1, 0, 1])
  })

  otp('sup_start_ignore_temporary_child_start_child_simple', async (world) => {
    world.script('first', ['ignore'])
    await world.started(simple({ restart: 'temporary', input: { script: 'first' } }))
    expect(await world.sup.startChild({})).toEqual({ ok: true, value: { child: null } })
    const pid = await world.start({})
    expect(await world.which()).toEqual([[null, pid]])
    expect(await world.counts()).toEqual([1, 1, 0, 1])
  })

  otp('sup_start_ignore_permanent_child_start_child_simple', async (world) => {
    world.script('first', ['ignore'])
    await world.started(simple({ input: { script: 'first' } }))
    expect(await world.sup.startChild({})).toEqual({ ok: true, value: { child: null } })
    const pid = await world.start({})
    expect(await world.which()).toEqual([[null, pid]])
    expect(await world.counts()).toEqual([1, 1, 0, 1])
    await world.stopSup()
    expect(world.reason(`${SUP}@1`)).toBe('shutdown')
  })

  otp('sup_start_error_return', async (world) => {
    expect(await world.startLink('invalid')).toMatchObject({ ok: false, error: { code: 'bad_return' } })
    await world.quiet()
    expect(world.alive(SUP)).toBe(false)
  })

  otp('sup_start_fail', async (world) => {
    expect(await world.startLink({ fail: true })).toMatchObject({ ok: false, error: { code: 'fail' } })
    await world.quiet()
    expect(world.alive(SUP)).toBe(false)
    expect(world.alive('top@1')).toBe(true)
  })

  otp('sup_start_child_returns_error', async (world) => {
    await world.started(flags('one_for_one'))
    const failed = await world.sup.startChild(child('child1', { input: { fail: { code: 'reason' } } }))
    expect(failed).toMatchObject({ ok: false, error: { code: 'reason' } })
    const detailed = child('child2', { input: { fail: { code: 'error_reason', detail: [1] } } })
    expect(await world.sup.startChild(detailed)).toMatchObject({
      ok: false,
      error: { code: 'error_reason', detail: [1] },
    })
    expect(await world.which()).toEqual([])
  })

  otp('sup_start_restart_child_returns_error', async (world) => {
    world.script('once', ['ok'], 'fail')
    const children = [child('child1', { input: { script: 'once' } })]
    await world.started({ ...flags('one_for_one'), children })
    expect(await world.sup.terminateChild('child1')).toMatchObject({ ok: true })
    expect(await world.sup.restartChild('child1')).toMatchObject({ ok: false, error: { code: 'error' } })
    expect(await world.which()).toEqual([['child1', null]])
    await world.quiet()
    expect(world.alive(`${SUP}@1`)).toBe(true)
  })

  otp('sup_start_child_returns_error_simple', async (world) => {
    await world.started(simple({}))
    const failed = await world.sup.startChild({ fail: { code: 'reason' } })
    expect(failed).toMatchObject({ ok: false, error: { code: 'reason' } })
    expect(await world.which()).toEqual([])
    expect(await world.counts()).toEqual([1, 0, 0, 0])
  })
})

describe('supervisor_SUITE: sup_start_map', () => {
  otp('sup_start_map', async (world) => {
    const src = 'worker'
    const children = [
      { id: 'child1', src },
      { id: 'child2', src, shutdown: 'brutal_kill' },
      { id: 'child3', src, type: 'supervisor' },
    ]
    await world.started({ children })
    const defaults = { src, restart: 'permanent', significant: false, resume: 'snapshot' }
    const spec = async (id: string) => world.sup.getChildSpec(id)
    expect(await spec('child1')).toEqual({
      ok: true,
      value: { id: 'child1', shutdown: 5_000, type: 'worker', ...defaults },
    })
    expect(await spec('child2')).toEqual({
      ok: true,
      value: { id: 'child2', shutdown: 'brutal_kill', type: 'worker', ...defaults },
    })
    expect(await spec('child3')).toEqual({
      ok: true,
      value: { id: 'child3', shutdown: 'infinity', type: 'supervisor', ...defaults },
    })
    expect(await spec('child4')).toMatchObject({ ok: false, error: { code: 'not_found' } })
    await world.stopSup()
    expect(world.reason(`${SUP}@1`)).toBe('shutdown')
  })

  otp('sup_start_map_simple', async (world) => {
    const children = [{ id: 'child', src: 'worker', restart: 'temporary' }]
    await world.started({ strategy: 'simple_one_for_one', children })
    const value = {
      ...children[0],
      shutdown: 5_000,
      type: 'worker',
      significant: false,
      resume: 'snapshot',
    }
    for (let number = 0; number < 3; number += 1) {
      const reply = await world.sup.startChild()
      const { child: address } = (reply as { value: { child: string } }).value
      expect(await world.sup.getChildSpec(address)).toEqual({ ok: true, value })
    }
    expect(await world.sup.getChildSpec('top.other')).toMatchObject({ error: { code: 'not_found' } })
  })

  otp('sup_start_map_faulty_specs', async (world) => {
    const start = async (...children: unknown[]) => world.startLink({ children })
    expect(await start({ src: 'worker' })).toMatchObject({
      error: { code: 'start_spec', detail: 'missing_id' },
    })
    expect(await start({ id: 'child2' })).toMatchObject({
      error: { code: 'start_spec', detail: 'missing_start' },
    })
    expect(await start('child4')).toMatchObject({
      error: { code: 'start_spec', detail: 'invalid_child_spec' },
    })
    expect(await start(child('child3', { sillyFlag: true }))).toMatchObject({ ok: true })
  })
})
