import { describe, expect } from 'vitest'
import { otp } from './otp.ts'
import { child, flags, type How, type OtpWorld, SUP } from './world.ts'

const modes = ['any_significant', 'all_significant'] as const

const significant = (id: string, restart: string) => child(id, { restart, significant: true })

/** Three children, the first two of them significant. */
async function three(
  world: OtpWorld,
  autoShutdown: string,
  restart: string,
): Promise<[string, string, string]> {
  await world.started({ intensity: 5, autoShutdown })
  const first = await world.start(significant('child1', restart))
  const second = await world.start(significant('child2', restart))
  return [first, second, await world.start(child('child3', { restart }))]
}

async function expectUp(world: OtpWorld, ...pids: string[]): Promise<void> {
  await world.quiet()
  for (const pid of [SUP, ...pids]) expect(world.alive(pid), pid).toBe(true)
}

async function expectAutoShutdown(world: OtpWorld, ...pids: string[]): Promise<void> {
  const supPid = world.pidAt(SUP)
  await world.gone()
  expect(world.reason(supPid)).toBe('shutdown')
  for (const pid of pids) expect(world.reason(pid), pid).toBe('shutdown')
  expect(world.pids).toEqual(['top@1'])
}

async function newest(world: OtpWorld): Promise<string> {
  const [[, pid] = []] = await world.which()
  return String(pid)
}

describe('supervisor_SUITE: significant', () => {
  otp('nonsignificant_temporary', async (world) => {
    for (const autoShutdown of ['never', ...modes]) {
      await world.started({ autoShutdown })
      const spec = child('child1', { restart: 'temporary', significant: false })
      await world.start(spec)
      await world.sup.terminateChild('child1')
      await expectUp(world)
      for (const how of ['kill', 'abnormal', 'normal'] satisfies How[]) {
        await world.terminate(await world.start(spec), how)
        await expectUp(world)
      }
      await world.stopSup()
    }
  })

  otp('nonsignificant_transient', async (world) => {
    for (const autoShutdown of ['never', ...modes]) {
      await world.started({ intensity: 5, autoShutdown })
      await world.start(child('child1', { restart: 'transient', significant: false }))
      await world.sup.terminateChild('child1')
      await expectUp(world)
      await world.sup.restartChild('child1')
      for (const how of ['kill', 'abnormal', 'normal'] satisfies How[]) {
        await world.terminate(await newest(world), how)
        await expectUp(world)
      }
      expect(await world.which()).toEqual([['child1', null]])
      await world.stopSup()
    }
  })

  otp('significant_temporary', async (world) => {
    const [, second, third] = await three(world, 'any_significant', 'temporary')
    await world.sup.terminateChild('child1')
    await expectUp(world, second, third)
    const again = await world.start(significant('child1', 'temporary'))
    await world.end(again, 'kill')
    await expectAutoShutdown(world, second, third)
    for (const how of ['abnormal', 'normal'] satisfies How[]) {
      const [first, ...others] = await three(world, 'any_significant', 'temporary')
      await world.end(first, how)
      await expectAutoShutdown(world, ...others)
    }
    const [first, last, other] = await three(world, 'all_significant', 'temporary')
    await world.terminate(first, 'normal')
    await expectUp(world, last, other)
    await world.end(last, 'normal')
    await expectAutoShutdown(world, other)
  })

  otp('significant_transient', async (world) => {
    const [, second, third] = await three(world, 'any_significant', 'transient')
    await world.sup.terminateChild('child1')
    await expectUp(world, second, third)
    await world.sup.restartChild('child1')
    for (const how of ['kill', 'abnormal'] satisfies How[]) {
      await world.terminate(world.pidAt(`${SUP}.child1`), how)
      await expectUp(world, second, third, `${SUP}.child1`)
    }
    await world.end(world.pidAt(`${SUP}.child1`), 'normal')
    await expectAutoShutdown(world, second, third)

    const [first, last, other] = await three(world, 'all_significant', 'transient')
    await world.terminate(first, 'normal')
    await expectUp(world, last, other)
    await world.end(last, 'normal')
    await expectAutoShutdown(world, other)
  })

  otp('significant_simple', async (world) => {
    const start = (autoShutdown: string) =>
      world.startLink({ strategy: 'simple_one_for_one', autoShutdown, children: [child('child1')] })
    for (const mode of modes) {
      expect(await start(mode)).toMatchObject({
        error: { code: 'supervisor_data', detail: 'bad_combination' },
      })
    }
    expect(await start('never')).toMatchObject({ ok: true })
    await world.stopSup()
    expect(world.alive(SUP)).toBe(false)
  })

  otp('significant_bystander', async (world) => {
    const touched = { one_for_one: [2], one_for_all: [1, 2, 3], rest_for_one: [2, 3] }
    for (const [strategy, numbers] of Object.entries(touched)) {
      for (const autoShutdown of modes) {
        await world.started({ ...flags(strategy, 5), autoShutdown })
        const pids = [
          await world.start(significant('child1', 'transient')),
          await world.start(child('child2', { restart: 'transient' })),
          await world.start(significant('child3', 'transient')),
        ]
        await world.terminate(String(pids[1]), 'kill')
        await expectUp(world)
        const gone = pids.flatMap((pid, index) => (world.alive(pid) ? [] : [index + 1]))
        expect(gone, `${strategy} ${autoShutdown}`).toEqual(numbers)
        expect(await world.counts()).toEqual([3, 3, 0, 3])
        await world.stopSup()
      }
    }
  })

  otp('significant_escalation', async (world) => {
    for (const isSignificant of [true, false]) {
      await world.started({ autoShutdown: 'any_significant' })
      const inner = `${SUP}.sup1`
      await world.start({
        ...{ id: 'sup1', src: 'supervisor', type: 'supervisor', restart: 'transient', resume: 'input' },
        ...{ significant: isSignificant, input: { autoShutdown: 'any_significant', children: [] } },
      })
      const pid = await world.start(significant('child1', 'transient'), inner)
      await world.end(pid, 'normal')
      await world.gone(inner)
      if (isSignificant) await expectAutoShutdown(world)
      else {
        await expectUp(world)
        expect(await world.which()).toEqual([['sup1', null]])
        await world.stopSup()
      }
    }
  })
})

describe('supervisor_SUITE: significant_upgrade', () => {
  const bad = { ok: false, error: expect.objectContaining({ code: 'bad_combination' }) }
  const first = significant('child1', 'transient')
  const second = significant('child2', 'transient')

  async function changed(world: OtpWorld, from: string, to: string): Promise<void> {
    await world.started({ autoShutdown: from })
    if (from === 'never') expect(await world.sup.startChild(first)).toEqual(bad)
    else await world.start(first)
    if (from !== 'never' && to !== 'never') await world.start(second)
    expect(await world.sup.change({ autoShutdown: to, children: [] })).toMatchObject({ ok: true })
    await expectUp(world)
    if (from === 'never') for (const spec of [first, second]) await world.start(spec)
  }

  async function expectAny(world: OtpWorld): Promise<void> {
    await world.end(`${SUP}.child1@1`, 'normal')
    await expectAutoShutdown(world, `${SUP}.child2@1`)
  }

  async function expectAll(world: OtpWorld): Promise<void> {
    await world.terminate(`${SUP}.child1@1`, 'normal')
    await expectUp(world, `${SUP}.child2@1`)
    await world.end(`${SUP}.child2@1`, 'normal')
    await expectAutoShutdown(world)
  }

  async function expectNever(world: OtpWorld): Promise<void> {
    await expectUp(world, `${SUP}.child1@1`)
    expect(await world.sup.startChild(second)).toEqual(bad)
    await world.terminate(`${SUP}.child1@1`, 'normal')
    await expectUp(world)
    expect(await world.sup.restartChild('child1')).toMatchObject({ ok: true })
    await world.stopSup()
    expect(world.reason(`${SUP}.child1@2`)).toBe('shutdown')
  }

  otp('significant_upgrade_never_any', async (world) => {
    await changed(world, 'never', 'any_significant')
    await expectAny(world)
  })

  otp('significant_upgrade_any_never', async (world) => {
    await changed(world, 'any_significant', 'never')
    await expectNever(world)
  })

  otp('significant_upgrade_never_all', async (world) => {
    await changed(world, 'never', 'all_significant')
    await expectAll(world)
  })

  otp('significant_upgrade_all_never', async (world) => {
    await changed(world, 'all_significant', 'never')
    await expectNever(world)
  })

  otp('significant_upgrade_any_all', async (world) => {
    await changed(world, 'any_significant', 'all_significant')
    await expectAll(world)
  })

  otp('significant_upgrade_all_any', async (world) => {
    await changed(world, 'all_significant', 'any_significant')
    await expectAny(world)
  })

  otp('significant_upgrade_child', async (world) => {
    const plain = child('child', { restart: 'transient', significant: false })
    const marked = significant('child', 'transient')
    await world.started({ children: [plain] })
    expect(await world.sup.change({ autoShutdown: 'never', children: [marked] })).toEqual(bad)
    await expectUp(world, `${SUP}.child@1`)
    await world.stopSup()

    const autoShutdown = 'any_significant'
    await world.started({ autoShutdown, children: [plain] })
    expect(await world.sup.change({ autoShutdown, children: [marked] })).toMatchObject({ ok: true })
    await expectUp(world, `${SUP}.child@2`)
    await world.end(`${SUP}.child@2`, 'normal')
    await expectAutoShutdown(world)

    await world.started({ autoShutdown, children: [marked] })
    expect(await world.sup.change({ autoShutdown, children: [plain] })).toMatchObject({ ok: true })
    await world.terminate(`${SUP}.child@3`, 'normal')
    await expectUp(world)
    await world.stopSup()
  })
})
