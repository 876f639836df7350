// What a node may ask home for, by the work that it has.

import { describe, expect, it } from 'vitest'
import { type Entitlement, openEntitlement } from '../../../app/nodes/entitlement.ts'
import { nodeAddress, nodeMember, nodeName, presentOf, unitOf } from '../../../app/nodes/presence.ts'
import type { RequestInput, RequestName } from '../../../app/nodes/requests.ts'
import type { Assignment } from '../../../machines/index.ts'

const HEAD = 'head0000'
const [START, TIP, CARRY, ALIEN] = ['start000', 'tip00000', 'carry000', 'alien000']

const job = (other: object = {}) =>
  ({
    task: { id: 't1' },
    site: { head: HEAD },
    line: { milestone: 'm1' },
    carry: CARRY,
    ...other,
  }) as unknown as Assignment

function entitlement(work: Readonly<Record<string, readonly Assignment[]>> = { 'node-a-7': [job()] }) {
  return openEntitlement({
    registry: {
      look: async () =>
        [
          { name: 'a', epoch: 7 },
          { name: 'b', epoch: 2 },
        ] as never,
    },
    workspace: {
      milestone: async ({ milestone }: { milestone: string }) =>
        milestone === 'm1' ? { start: START, tip: TIP } : { start: 'x', tip: 'y' },
    } as never,
    inHand: (node) => work[node] ?? [],
  })
}

const told = (of: Entitlement, commit: string, sender = 'node-a') =>
  of.note(
    'node-milestone',
    { input: { milestone: 'm1' }, output: { start: commit, tip: 'b' } } as never,
    sender,
  )

const may = async (name: RequestName, input: object, sender = 'node-a', of = entitlement()) =>
  (await of.refusal(name, input as RequestInput<RequestName>, sender)) === undefined

describe('a node', () => {
  it.each([
    ['joins as itself', 'node-join', { name: 'a' }, true],
    ['joins as another', 'node-join', { name: 'b' }, false],
    ['leaves as itself', 'node-leave', { name: 'a' }, true],
    ['leaves for another', 'node-leave', { name: 'b' }, false],
    ['asks a model for itself', 'model-ask', { node: 'node-a-7' }, true],
    ['asks a model for another', 'model-ask', { node: 'node-b-2' }, false],
    ['asks a model for home', 'model-ask', { node: 'system' }, false],
    ['drops a question of another', 'model-drop', { node: 'node-b-2' }, false],
    ['asks for its milestone', 'node-milestone', { milestone: 'm1' }, true],
    ['asks for another milestone', 'node-milestone', { milestone: 'm2' }, false],
    ['asks for the start of a round of its milestone', 'node-start', { milestone: 'm1' }, true],
    ['asks for its site', 'node-site', { head: HEAD }, true],
    ['asks for another site', 'node-site', { head: ALIEN }, false],
    ['asks for the surveyed commit', 'node-code', { commit: HEAD, known: null }, true],
    ['asks for the start of its milestone', 'node-code', { commit: START, known: null }, true],
    ['asks for the tip from the start', 'node-code', { commit: TIP, known: START }, true],
    ['asks for a commit by its name alone', 'node-code', { commit: ALIEN, known: null }, false],
    ['asks for the tip from an alien commit', 'node-code', { commit: TIP, known: ALIEN }, false],
    ['asks for the tests of its site', 'node-taken', { head: HEAD, commit: TIP }, true],
    ['asks for the tests of an alien commit', 'node-taken', { head: HEAD, commit: ALIEN }, false],
  ] as [string, RequestName, object, boolean][])('%s: %s', async (_, name, input, isAllowed) => {
    expect(await may(name, input)).toBe(isAllowed)
  })

  it.each([
    [{}, true],
    [{ task: 't2' }, false],
    [{ milestone: 'm2' }, false],
    [{ carry: ALIEN }, false],
    [{ commit: ALIEN }, false],
  ])('carries work on as it was given it: %o', async (other, isAllowed) => {
    const input = { milestone: 'm1', task: 't1', commit: TIP, carry: CARRY, ...other }
    expect(await may('node-carry', input)).toBe(isAllowed)
  })

  it('without work is given nothing, and told what it asked for', async () => {
    const of = entitlement({})
    for (const [name, input] of [
      ['node-milestone', { milestone: 'm1' }],
      ['node-code', { commit: TIP, known: null }],
      ['node-site', { head: HEAD }],
    ] as [RequestName, object][])
      expect(await may(name, input, 'node-a', of)).toBe(false)
    expect(await of.refusal('node-site', { head: HEAD, archives: false }, 'node-a')).toBe(
      "'node-a' has no task that allows it to ask node-site for that",
    )
  })

  it('has not the work of an earlier life, nor of another node', async () => {
    const of = entitlement({ 'node-a-6': [job()], 'node-b-2': [job()] })
    expect(await may('node-site', { head: HEAD }, 'node-a', of)).toBe(false)
    expect(await may('node-site', { head: HEAD }, 'node-b', of)).toBe(true)
  })

  it('may fetch a commit that it was told of, and no other node may', async () => {
    const of = entitlement({ 'node-a-7': [job()], 'node-b-2': [job()] })
    told(of, ALIEN)
    expect(await may('node-code', { commit: ALIEN, known: null }, 'node-a', of)).toBe(true)
    expect(await may('node-code', { commit: ALIEN, known: null }, 'node-b', of)).toBe(false)
  })

  it.each([null, undefined, {}, { commit: 5 }])('learns nothing from %o', async (output) => {
    const of = entitlement()
    of.note('node-mail', { input: {}, output } as never, 'node-a')
    expect(await may('node-code', { commit: '5', known: null }, 'node-a', of)).toBe(false)
  })
})

describe('what a node was told of', () => {
  const join = (of: Entitlement, epoch: number, sender = 'node-a') =>
    of.note('node-join', { input: { name: nodeName(sender), epoch }, output: {} } as never, sender)
  const leave = (of: Entitlement) =>
    of.note('node-leave', { input: { name: 'a', epoch: 7 }, output: null } as never, 'node-a')
  const has = (of: Entitlement, sender = 'node-a') =>
    may('node-code', { commit: ALIEN, known: null }, sender, of)

  it.each<[string, boolean, (of: Entitlement) => void]>([
    ['while it works', true, () => {}],
    ['when it joins again in the same life, as its box was lost', true, (of) => join(of, 7)],
    ['when it left', false, leave],
    ['when it is gone', false, (of) => of.forget('node-a-7')],
    ['when it joins in another life', false, (of) => join(of, 8)],
    ['when another life of it is gone', true, (of) => of.forget('node-a-6')],
    ['when another node is gone', true, (of) => of.forget('node-b-7')],
    ['when another node joins', true, (of) => join(of, 8, 'node-b')],
  ])('%s is still known: %s', async (_, isKnown, happens) => {
    const of = entitlement()
    join(of, 7)
    told(of, ALIEN)
    expect(await has(of)).toBe(true)
    happens(of)
    expect(await has(of)).toBe(isKnown)
  })

  it('is known in a life that joined before this process went on, and not in the next', async () => {
    const of = entitlement()
    told(of, ALIEN)
    join(of, 7)
    expect(await has(of)).toBe(true)
    join(of, 8)
    expect(await has(of)).toBe(false)
  })
})

describe('the names of a node', () => {
  it.each(['a', 'worker-1', 'x-2-y'])('of %s lead back to it', (name) => {
    expect(nodeName(nodeMember(name))).toBe(name)
    expect(unitOf(`${nodeAddress(name, 7)}.pool.worker:1`)).toBe(`node-${name}.7`)
  })

  it.each(['system', 'system.pool', 'nodes', 'node', 'node-', ''])('are not taken for %j', (address) => {
    expect(unitOf(address)).toMatch(/^(main|node-)$/)
  })
})

describe('who is present', () => {
  const presence = { host: 'h', pid: 1, workers: 2, busy: 0, since: 5, build: 'Canopy 1' }
  const lease = (held: unknown) => ({ name: 'a', epoch: 3, value: held, renewed: 9 }) as never

  it('has the name and epoch of its lease', () => {
    expect(presentOf(lease(presence))).toEqual({ ...presence, name: 'a', epoch: 3, seen: 9 })
  })

  it.each([
    null,
    'a text',
    {},
    { ...presence, workers: 0 },
    { ...presence, workers: 257 },
    { ...presence, pid: 1.5 },
    { ...presence, host: 'h'.repeat(256) },
  ])('is not a stranger who holds %o', (held) => {
    expect(presentOf(lease(held))).toBeUndefined()
  })
})
