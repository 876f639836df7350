import { describe, expect } from 'vitest'
import { otp } from './otp.ts'
import { addressOf, child, flags, type OtpWorld, SUP } from './world.ts'

const at = (id: string, number: number) => `${SUP}.${id}@${number}`

async function newest(world: OtpWorld): Promise<string> {
  const [[, pid] = []] = await world.which()
  return String(pid)
}

describe('supervisor_SUITE: restart_one_for_one', () => {
  otp('one_for_one', async (world) => {
    await world.started(flags('one_for_one'))
    const first = await world.start(child('child1'))
    const second = await world.start(child('child2'))
    await world.terminate(first, 'abnormal')
    expect(await world.which()).toEqual([
      ['child2', second],
      ['child1', at('child1', 2)],
    ])
    expect(await world.counts()).toEqual([2, 2, 0, 2])
    await world.terminate(second, 'abnormal')
    await world.end(await newest(world), 'abnormal')
    await world.gone()
    expect(world.reason(`${SUP}@1`)).toBe('shutdown')
    expect(world.pids).toEqual(['top@1'])
  })

  otp('one_for_one_escalation', async (world) => {
    const script = world.script('once', ['ok'], 'fail')
    await world.started(flags('one_for_one', 4))
    const first = await world.start(child('child1', { input: { script: 'once' } }))
    const second = await world.start(child('child2'))
    await world.end(first, 'abnormal')
    await world.gone()
    // The first start, and as many restarts as the intensity allows.
    expect(script.asked).toBe(5)
    expect(world.reason(`${SUP}@1`)).toBe('shutdown')
    expect(world.reason(second)).toBe('shutdown')
  })
})

describe('supervisor_SUITE: restart_one_for_all', () => {
  otp('one_for_all', async (world) => {
    await world.started(flags('one_for_all'))
    const first = await world.start(child('child1'))
    const second = await world.start(child('child2'))
    await world.terminate(first, 'abnormal')
    expect(world.reason(second)).toBe('shutdown')
    expect(await world.which()).toEqual([
      ['child2', at('child2', 2)],
      ['child1', at('child1', 2)],
    ])
    expect(await world.counts()).toEqual([2, 2, 0, 2])
    await world.terminate(await newest(world), 'abnormal')
    expect(await world.counts()).toEqual([2, 2, 0, 2])
    await world.end(await newest(world), 'abnormal')
    await world.gone()
    expect(world.reason(`${SUP}@1`)).toBe('shutdown')
  })

  otp('one_for_all_escalation', async (world) => {
    world.script('once', ['ok'], 'fail')
    await world.started(flags('one_for_all', 4))
    const first = await world.start(child('child1'))
    const second = await world.start(child('child2', { input: { script: 'once' } }))
    await world.end(first, 'abnormal')
    await world.gone()
    expect(world.reason(second)).toBe('shutdown')
    expect(world.reason(`${SUP}@1`)).toBe('shutdown')
    // Each retry started the first again and stopped it again.
    expect(world.reason(at('child1', 5))).toBe('shutdown')
    expect(world.pids).toEqual(['top@1'])
  })

  otp('one_for_all_other_child_fails_restart', async (world) => {
    world.script('second', ['ok', 'fail', 'ok'])
    const children = [child('child1'), child('child2', { input: { script: 'second' } })]
    await world.started({ ...flags('one_for_all', 3), children })
    await world.terminate(at('child1', 1), 'kill')
    expect(world.reason(at('child1', 1))).toBe('killed')
    // It was started again, and ended with `shutdown` because its sibling could not be.
    expect(world.reason(at('child1', 2))).toBe('shutdown')
    const [[, second] = [], [, first] = []] = await world.which()
    expect(first).toBe(at('child1', 3))
    expect(world.alive(String(second))).toBe(true)
    expect(await world.counts()).toEqual([2, 2, 0, 2])
  })
})

describe('supervisor_SUITE: restart_simple_one_for_one', () => {
  const simple = (fields: object = {}, intensity = 2) => ({
    ...flags('simple_one_for_one', intensity),
    children: [child('child', { ...fields })],
  })

  otp('simple_one_for_one', async (world) => {
    await world.started(simple())
    const first = await world.start({})
    const second = await world.start({})
    await world.terminate(first, 'abnormal')
    expect(await world.which()).toEqual([
      [null, second],
      [null, `${addressOf(first)}@2`],
    ])
    expect(await world.counts()).toEqual([1, 2, 0, 2])
    await world.terminate(second, 'abnormal')
    await world.end(await newest(world), 'abnormal')
    await world.gone()
    expect(world.reason(`${SUP}@1`)).toBe('shutdown')
  })

  otp('simple_one_for_one_shutdown', async (world) => {
    const time = 1_000
    await world.started(simple({ shutdown: 2 * time }))
    const inTime = [await world.start({ slow: time }), await world.start({ slow: time })]
    const tooSlow = await world.start({ slow: 5 * time })
    const took = await world.stopSup()
    // All at once: as long as the slowest may take.
    expect(took).toBe(2 * time)
    expect(inTime.map((pid) => world.reason(pid))).toEqual(['shutdown', 'shutdown'])
    expect(world.reason(tooSlow)).toBe('killed')
  })

  otp('simple_one_for_one_extra', async (world) => {
    await world.started(simple({ input: { extra: 'extra_info' } }))
    const reply = await world.sup.startChild()
    expect(reply).toMatchObject({ ok: true, value: { extra: 'extra_info' } })
    const first = await newest(world)
    const second = await world.start({})
    await world.terminate(first, 'abnormal')
    expect(await world.which()).toContainEqual([null, second])
    expect(await world.counts()).toEqual([1, 2, 0, 2])
    await world.terminate(second, 'abnormal')
    await world.end(await newest(world), 'abnormal')
    await world.gone()
  })

  otp('simple_one_for_one_escalation', async (world) => {
    const script = world.script('once', ['ok'], 'fail')
    await world.started(simple({}, 4))
    const first = await world.start({ script: 'once' })
    const second = await world.start({})
    await world.end(first, 'abnormal')
    await world.gone()
    expect(script.asked).toBe(5)
    expect(world.reason(second)).toBe('shutdown')
  })

  otp('simple_one_for_one_corruption', async (world) => {
    await world.started(simple({ restart: 'temporary' }))
    const first = await world.start({})
    await world.terminate(first, 'abnormal')
    const ballast = 'x'.repeat(50_000)
    const second = await world.start({ ballast })
    await world.quiet()
    const stored = await world.store.read(SUP)
    expect(JSON.stringify(stored?.record.supervision.children).length).toBeLessThan(5_000)
    expect(JSON.stringify(stored?.outbox).length).toBeLessThan(5_000)
    await world.terminate(second, 'abnormal')
    expect(await world.counts()).toEqual([1, 0, 0, 0])
  })

  otp('simple_one_for_one_restart_ignore', async (world) => {
    for (const restart of ['transient', 'permanent']) {
      world.script('later', ['ok', 'ok', 'ignore'])
      await world.started(simple({ restart }, 10))
      const first = await world.start({ script: 'later' })
      await world.terminate(first, 'kill')
      expect(world.reason(first)).toBe('killed')
      const second = await newest(world)
      expect(second).not.toBe(first)
      await world.terminate(second, 'kill')
      expect(await world.which()).toEqual([])
      expect(await world.counts()).toEqual([1, 0, 0, 0])
      const supPid = world.pidAt(SUP)
      await world.stopSup()
      expect(world.reason(supPid)).toBe('shutdown')
    }
  })
})

describe('supervisor_SUITE: restart_rest_for_one', () => {
  otp('rest_for_one', async (world) => {
    await world.started(flags('rest_for_one'))
    const first = await world.start(child('child1'))
    const second = await world.start(child('child2'))
    const third = await world.start(child('child3'))
    expect(await world.counts()).toEqual([3, 3, 0, 3])
    await world.terminate(second, 'abnormal')
    expect(world.reason(third)).toBe('shutdown')
    expect(await world.which()).toEqual([
      ['child3', at('child3', 2)],
      ['child2', at('child2', 2)],
      ['child1', first],
    ])
    expect(await world.counts()).toEqual([3, 3, 0, 3])
    await world.terminate(at('child3', 2), 'abnormal')
    expect(world.alive(at('child2', 2))).toBe(true)
    await world.end(at('child2', 2), 'abnormal')
    await world.gone()
    expect(world.reason(first)).toBe('shutdown')
  })

  otp('rest_for_one_escalation', async (world) => {
    world.script('once', ['ok'], 'fail')
    await world.started(flags('rest_for_one', 4))
    const first = await world.start(child('child1'))
    const second = await world.start(child('child2', { input: { script: 'once' } }))
    await world.end(first, 'abnormal')
    await world.gone()
    expect(world.reason(second)).toBe('shutdown')
    expect(world.reason(`${SUP}@1`)).toBe('shutdown')
  })

  otp('rest_for_one_other_child_fails_restart', async (world) => {
    const script = world.script('second', ['ok', 'fail', 'ok'])
    const children = [child('child1'), child('child2', { input: { script: 'second' } })]
    await world.started({ ...flags('rest_for_one', 3), children })
    await world.terminate(at('child1', 1), 'kill')
    // The one that began is left alone while the other is tried again.
    expect(world.alive(at('child1', 2))).toBe(true)
    expect(script.asked).toBe(3)
    expect(await world.counts()).toEqual([2, 2, 0, 2])
  })
})
