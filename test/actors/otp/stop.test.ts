import { describe, expect } from 'vitest'
import { eventually } from '../../eventually.ts'
import { otp } from './otp.ts'
import { child, flags, type How, SUP } from './world.ts'

const hows = ['normal', 'shutdown', 'shutdown_term', 'abnormal'] as const satisfies How[]
const restarts = ['temporary', 'transient', 'permanent'] as const
const reasons: Readonly<Record<How, string>> = {
  normal: 'normal',
  shutdown: 'shutdown',
  shutdown_term: 'shutdown',
  abnormal: 'crash',
  kill: 'killed',
}

describe('supervisor_SUITE: sup_stop', () => {
  otp('sup_stop_infinity', async (world) => {
    await world.started(flags('one_for_one'))
    const first = await world.start(child('child1', { shutdown: 'infinity', type: 'supervisor' }))
    const second = await world.start(child('child2', { shutdown: 'infinity' }))
    await world.stopSup()
    expect([first, second].map((pid) => world.reason(pid))).toEqual(['shutdown', 'shutdown'])
  })

  otp('sup_stop_timeout', async (world) => {
    await world.started(flags('one_for_one'))
    const first = await world.start(child('child1'))
    const second = await world.start(child('child2', { input: { slow: 200_000 } }))
    const took = await world.stopSup()
    expect(world.reason(first)).toBe('shutdown')
    expect(world.reason(second)).toBe('killed')
    expect(took).toBe(1_000)
  })

  otp('sup_stop_timeout_dynamic', async (world) => {
    const children = [child('child', { restart: 'temporary' })]
    await world.started({ ...flags('simple_one_for_one'), children })
    const first = await world.start({})
    const second = await world.start({ slow: 200_000 })
    await world.stopSup()
    expect(world.reason(`${SUP}@1`)).toBe('shutdown')
    expect(world.reason(first)).toBe('shutdown')
    expect(world.reason(second)).toBe('killed')
  })

  otp('sup_stop_brutal_kill', async (world) => {
    await world.started(flags('one_for_one'))
    const first = await world.start(child('child1'))
    const second = await world.start(child('child2', { shutdown: 'brutal_kill', input: { slow: -1 } }))
    const took = await world.stopSup()
    expect(world.reason(first)).toBe('shutdown')
    expect(world.reason(second)).toBe('killed')
    expect(took).toBe(0)
  })

  otp('sup_stop_brutal_kill_dynamic', async (world) => {
    const children = [child('child', { restart: 'temporary', shutdown: 'brutal_kill' })]
    await world.started({ ...flags('simple_one_for_one'), children })
    const pids: string[] = []
    for (let number = 0; number < 10; number += 1) pids.push(await world.start({}))
    await world.stopSup()
    expect(world.reason(`${SUP}@1`)).toBe('shutdown')
    expect(pids.map((pid) => world.reason(pid))).toEqual(pids.map(() => 'killed'))
  })

  otp('sup_stop_race', async (world) => {
    await world.started(flags('one_for_one'))
    const first = await world.start(child('child_a', { restart: 'temporary' }))
    const ending = new Map<string, How>()
    for (const restart of restarts) {
      for (const how of hows) ending.set(await world.start(child(`${restart}-${how}`, { restart })), how)
    }
    const last = await world.start(
      child('child_z', { restart: 'temporary', shutdown: 2_000, input: { slow: 1_000 } }),
    )
    const stopped = world.node.supervisor('top').terminateChild('sup')
    await eventually(() => !world.alive(SUP) && !world.alive(last))
    for (const [pid, how] of ending) await world.end(pid, how)
    await eventually(() => [...ending.keys()].every((pid) => !world.alive(pid)))
    world.clock.advance(1_000)
    expect(await stopped).toMatchObject({ ok: true })
    await world.quiet()
    expect(world.reason(`${SUP}@1`)).toBe('shutdown')
    expect(world.reason(last)).toBe('shutdown')
    for (const [pid, how] of ending) expect(world.reason(pid), pid).toBe(reasons[how])
    expect(world.reason(first)).toBe('shutdown')
    expect(world.pids).toEqual(['top@1'])
  })

  otp('sup_stop_non_shutdown_exit_dynamic', async (world) => {
    for (const restart of restarts) {
      const children = [child('child', { restart, shutdown: 5_000 })]
      await world.started({ ...flags('simple_one_for_one'), children })
      const slow = await world.start({ slow: 1_000 })
      const ending = new Map<string, How>()
      for (const how of hows) ending.set(await world.start({}), how)
      const slowly = new Map<string, How>()
      for (const how of hows) slowly.set(await world.start({ slow: 500 }), how)
      for (const [pid, how] of ending) await world.end(pid, how)
      const supPid = world.pidAt(SUP)
      const stopped = world.node.supervisor('top').terminateChild('sup')
      await eventually(() => !world.alive(supPid) && !world.alive(slow))
      await eventually(() => {
        world.clock.advance(100)
        return world.reason(slow) !== undefined
      })
      expect(await stopped).toMatchObject({ ok: true })
      await world.quiet()
      expect(world.reason(supPid)).toBe('shutdown')
      // Each has ended once: by itself, or by order.
      for (const [pid, how] of ending) expect([reasons[how], 'shutdown']).toContain(world.reason(pid))
      for (const pid of slowly.keys()) expect(world.reason(pid)).toBe('shutdown')
      expect(world.pids).toEqual(['top@1'])
    }
  })
})
