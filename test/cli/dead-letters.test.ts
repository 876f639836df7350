// `canopy dead-letters` on a store whose system does not run, and on one that does.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { deadLetterHandlers } from '../../actors/index.ts'
import { requireNatsServer } from '../../app/run/requirements.ts'
import { type DeadLetter, openStore } from '../../persistence/index.ts'
import { connectNats, type Envelope, openControl, startNatsServer } from '../../transport/index.ts'
import { called, type Said } from './called.ts'
import { scratch } from './scratch.ts'

function canopy(data: string, ...args: string[]): Promise<Said> {
  return called(['dead-letters', ...args, '--data', data], data)
}

const half: DeadLetter = {
  at: 0,
  to: 'b',
  reason: 'undecodable',
  message: '{"half',
  error: { message: 'no\u001b[2JJSON' },
}
const paid: DeadLetter = {
  at: Date.UTC(2027, 0, 2, 3, 4, 5),
  to: 'shop.ledger',
  reason: 'poison',
  message: { kind: 'mail', id: 'x', from: null, streamSequence: 1, event: { type: 'PAID', amount: 3 } },
  error: { message: 'boom' },
}

async function runWith(letters: readonly DeadLetter[], { over = false, number = 1 } = {}, data = scratch()) {
  const path = join(data, 'runs', `${number}`)
  mkdirSync(path, { recursive: true })
  const record = { system: 'shop-1', repository: '/r', milestones: [], seed: 1, began: 0, over }
  writeFileSync(join(path, 'run.json'), JSON.stringify(record))
  const store = await openStore({ directory: join(path, 'store') })
  for (const letter of letters) await store.addDeadLetter(letter)
  await store.close()
  return data
}

describe('without a running system', () => {
  it('lists and shows them, for people and for machines', async () => {
    const data = await runWith([paid, half])
    expect((await canopy(data)).out).toMatchInlineSnapshot(`
      "id  when                 reason       event  to
      1   2027-01-02 03:04:05  poison       PAID   shop.ledger  boom
      2   1970-01-01 00:00:00  undecodable  ?      b            noJSON
      "
    `)
    expect(JSON.parse((await canopy(data, '--json')).out)).toMatchObject([
      { id: 1, event: 'PAID' },
      { id: 2 },
    ])
    expect(JSON.parse((await canopy(data, 'show', '1', '--json')).out)).toEqual({
      id: 1,
      ...paid,
      event: 'PAID',
    })
    expect((await canopy(data, 'show', '1')).out).toContain('"amount": 3')
    expect((await canopy(await runWith([]))).out).toBe('no dead letters\n')
  })

  it('stores replays for the next start', async () => {
    const data = await runWith([paid, half])
    const { code, out } = await canopy(data, 'replay', '--all')
    expect(out).toBe('1  the next start sends it\n2  not replayed: letter 2 contains no event to send\n')
    expect(code).toBe(1)
    const again = await canopy(data, 'replay', '1', '--json')
    expect(again).toMatchObject({ code: 0, out: '[{"id":1,"outcome":"stored"}]\n' })
    expect((await canopy(data)).out).toContain('the next start replays it; boom')
  })

  it('replays nothing of a run that is over, and finds runs before the newest', async () => {
    const data = await runWith([paid], { over: true })
    await runWith([], { number: 2 }, data)
    expect((await canopy(data)).out).toBe('no dead letters\n')
    expect((await canopy(data, '--run', '1')).out).toContain('PAID')
    const { code, err } = await canopy(data, 'replay', '1', '--run', '1')
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('is over') })
  })

  it('drops them', async () => {
    const data = await runWith([paid, half])
    expect((await canopy(data, 'drop', '1', '2')).out).toBe('dropped 1, 2\n')
    expect((await canopy(data)).out).toBe('no dead letters\n')
  })

  it.for<[string[], string]>([
    [['show'], 'missing required argument'],
    [['show', 'x'], '"x" is not the number of a dead letter'],
    [['show', '7'], 'there is no dead letter 7'],
    [['drop', '7'], 'there is no dead letter 7'],
    [['replay'], 'no dead letter is named'],
    [['replay', '1', '--all'], 'no dead letter is named'],
    [['--run', '9'], 'there is no run 9'],
    [['--run', 'x'], 'the run is "x"'],
    [['--nats', 'x'], '--nats is "x"'],
  ])('%j exits with 2 and says why', async ([args, sentence]) => {
    const { code, out, err } = await canopy(await runWith([paid]), ...args)
    expect({ code, out, err }).toEqual({ code: 2, out: '', err: expect.stringContaining(sentence) })
  })

  it('says that there is no run, and opens nothing', async () => {
    expect(await canopy(scratch())).toMatchObject({
      code: 2,
      err: expect.stringContaining('there is no run'),
    })
  })
})

it('with a running system it goes through that, which holds the store', async () => {
  const data = await runWith([paid, half])
  const path = join(data, 'runs', '1')
  const store = await openStore({ directory: join(path, 'store') })
  onTestFinished(() => store.close())
  const held = await canopy(data)
  expect(held).toMatchObject({ code: 2, err: expect.stringContaining('does not answer') })

  const server = await startNatsServer({
    binary: await requireNatsServer(() => {}),
    directory: path,
    log: () => {},
    onRestart: () => {},
  })
  onTestFinished(() => server.stop())
  const connection = await connectNats({
    url: server.url,
    credentials: server.credentials.main,
    name: 'test',
  })
  onTestFinished(() => connection.close())
  expect(await canopy(data)).toMatchObject({ code: 2, err: expect.stringContaining('does not answer') })

  const sent: Envelope[] = []
  const control = openControl({ connection, system: 'shop-1' })
  const deliver = {
    check: (_: string, event: { type: string }) => ({ ok: true, event }) as const,
    publish: async (mail: Envelope) => {
      sent.push(mail)
      return 'accepted' as const
    },
  }
  await control.serve(deadLetterHandlers({ store, deliver }))
  expect((await canopy(data)).out).toContain('PAID')
  expect((await canopy(data, 'replay', '1')).out).toBe('1  sent again\n')
  expect(sent).toMatchObject([{ to: 'shop.ledger', event: { type: 'PAID', amount: 3 } }])
  const twice = await canopy(data, 'replay', '1')
  expect(twice).toMatchObject({ code: 1, out: expect.stringContaining('was replayed at') })
  expect((await canopy(data, 'replay', '1', '--again')).code).toBe(0)
  expect((await canopy(data, 'drop', '2')).code).toBe(0)
  expect(JSON.parse((await canopy(data, '--json')).out)).toMatchObject([{ id: 1, replay: { state: 'sent' } }])
})
