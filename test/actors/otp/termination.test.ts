import { describe, expect } from 'vitest'
import { Node } from '../../../actors/index.ts'
import { defineSupervisor } from '../../../kernel/index.ts'
import { openMemoryStore } from '../../../persistence/index.ts'
import { openMemoryMail } from '../../../transport/index.ts'
import { otp } from './otp.ts'
import { defineWorker } from './workers.ts'
import { child, flags, type How, type OtpWorld, SUP } from './world.ts'

const restarted = [['child1', `${SUP}.child1@2`]]

/** A supervisor whose only child ends like this. */
async function ended(world: OtpWorld, restart: string, how: How): Promise<void> {
  await world.started(flags('one_for_one'))
  const pid = await world.start(child('child1', { restart }))
  await world.terminate(pid, how)
}

async function expectRestarted(world: OtpWorld): Promise<void> {
  expect(await world.which()).toEqual(restarted)
  expect(await world.counts()).toEqual([1, 1, 0, 1])
}

async function expectKept(world: OtpWorld): Promise<void> {
  expect(await world.which()).toEqual([['child1', null]])
  expect(await world.counts()).toEqual([1, 0, 0, 1])
}

async function expectForgotten(world: OtpWorld): Promise<void> {
  expect(await world.which()).toEqual([])
  expect(await world.counts()).toEqual([0, 0, 0, 0])
}

describe('supervisor_SUITE: normal_termination', () => {
  otp('external_start_no_progress_log', async (world) => {
    await ended(world, 'permanent', 'normal')
    await expectRestarted(world)
    const beginnings = world.facts.filter(
      (fact) => /^actor\.(started|restarted|resumed)$/.test(fact.type) && 'address' in fact,
    )
    // One fact for each start, and none that nobody asked for.
    expect(beginnings.map((fact) => 'address' in fact && fact.address)).toEqual([
      'top',
      SUP,
      `${SUP}.child1`,
      `${SUP}.child1`,
    ])
  })

  otp('permanent_normal', async (world) => {
    await ended(world, 'permanent', 'normal')
    await expectRestarted(world)
  })

  otp('transient_normal', async (world) => {
    await ended(world, 'transient', 'normal')
    await expectKept(world)
  })

  otp('temporary_normal', async (world) => {
    await ended(world, 'temporary', 'normal')
    await expectForgotten(world)
  })
})

describe('supervisor_SUITE: shutdown_termination', () => {
  otp('permanent_shutdown', async (world) => {
    await ended(world, 'permanent', 'shutdown')
    await expectRestarted(world)
    await world.terminate(`${SUP}.child1@2`, 'shutdown_term')
    expect(await world.which()).toEqual([['child1', `${SUP}.child1@3`]])
    expect(await world.counts()).toEqual([1, 1, 0, 1])
  })

  otp('transient_shutdown', async (world) => {
    await ended(world, 'transient', 'shutdown')
    await expectKept(world)
    expect(await world.sup.restartChild('child1')).toMatchObject({ ok: true })
    await world.terminate(`${SUP}.child1@2`, 'shutdown_term')
    await expectKept(world)
  })

  otp('temporary_shutdown', async (world) => {
    await ended(world, 'temporary', 'shutdown')
    await expectForgotten(world)
    const pid = await world.start(child('child1', { restart: 'temporary' }))
    await world.terminate(pid, 'shutdown_term')
    await expectForgotten(world)
  })

  otp('faulty_application_shutdown', async () => {
    const input = { fail: { code: 'undef', detail: ['an_undefined_module', 'an_undefined_function'] } }
    const node = await Node.start({
      definitions: [
        defineSupervisor({ kind: 'app', init: { children: [child('server', { input })] } }),
        defineWorker('worker', new Map()),
      ],
      root: { kind: 'app', input: null },
      implementations: {},
      store: await openMemoryStore(),
      mail: openMemoryMail({ mailboxLimit: 10 }),
    })
    expect(await node.ending).toMatchObject({
      kind: 'ended',
      exit: {
        reason: 'shutdown',
        error: {
          code: 'failed_to_start_child',
          detail: { child: 'server', cause: { code: 'undef', detail: input.fail.detail } },
        },
      },
    })
  })
})

describe('supervisor_SUITE: abnormal_termination', () => {
  otp('permanent_abnormal', async (world) => {
    await ended(world, 'permanent', 'abnormal')
    await expectRestarted(world)
  })

  otp('transient_abnormal', async (world) => {
    await ended(world, 'transient', 'abnormal')
    await expectRestarted(world)
  })

  otp('temporary_abnormal', async (world) => {
    await ended(world, 'temporary', 'abnormal')
    await expectForgotten(world)
  })
})
