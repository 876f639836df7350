// Whoever has the key of a node or of the operator sends a run what nobody would: the run goes on, and no attempt is lost.

import { ENVELOPE_LIMIT, MEMBER_LIMIT, openControl } from '../../../transport/index.ts'
import { eventually } from '../../eventually.ts'
import { limit } from '../../machine-speed.ts'
import { connectTo } from '../../transport/nats.ts'
import { RawNats } from '../../transport/raw-nats.ts'
import { type Attack, type AttackResult, refused, succeeded } from '../attack.ts'
import { filled, isPolluted, MAX_PAYLOAD, manyZeros, noJson, noText, oddValues } from './odd-payloads.ts'
import { beginRun, LINE, MEMBER, ROOT, says, type UnderAttack } from './run-under-attack.ts'

const MODULES = 4
/** Home answers others within that, whatever one of them sends. */
const ANSWER_MS = limit(3_000)
const ACTORS = ['system', 'system.pool', 'system.budget', 'system.supervisor', LINE, `${LINE}.integrator`]

/** Sends all of it, then lets the run work to its end. */
async function survived(
  attacked: UnderAttack,
  send: (raw: RawNats) => Promise<string | undefined>,
  attempts = 1,
): Promise<AttackResult> {
  const { server, run } = attacked
  const raw = await RawNats.connect(server.url, server.credentials.main)
  try {
    const done = await send(raw)
    if (done !== undefined) return succeeded(done)
    return await workedToItsEnd(attacked, attempts)
  } finally {
    raw.close()
    run.letWrite()
  }
}

async function workedToItsEnd({ run, server, system }: UnderAttack, attempts: number): Promise<AttackResult> {
  const connection = await connectTo(server, 'operator')
  const begun = performance.now()
  const reply = await openControl({ connection, system, sender: 'operator' }).request('status', {}, ANSWER_MS)
  await connection.close()
  if (!reply.ok) return succeeded(`home did not answer: ${reply.error.message}`)
  const answered = Math.round(performance.now() - begun)
  run.letWrite()
  const late = new Promise<undefined>((resolve) =>
    setTimeout(() => resolve(undefined), limit(30_000)).unref(),
  )
  const ending = await Promise.race([run.ending, late])
  if (ending?.kind !== 'ended')
    return succeeded(ending === undefined ? 'the run stands still' : `the run ${ending.kind}`)
  const crashed = run.facts.find(({ type }) => ['actor.crashed', 'actor.restarted'].includes(type))
  if (crashed) return succeeded(JSON.stringify(crashed).slice(0, 300))
  const { merged } = run.repository
  const isWhole = merged.length === MODULES && merged.every((commit) => Number(commit.at(-1)) <= attempts)
  if (!isWhole) return succeeded(`attempts were lost: merged is ${merged.join(', ')}`)
  if (isPolluted()) return succeeded('all objects have got a field')
  const dead = run.facts.filter(({ type }) => type === 'letter.dead').length
  return refused(`${dead} put aside; home answered in ${answered} ms, and nothing was lost`)
}

/** Everybody's subject of mail to home. */
const mailbox = (to: string, sender: string = MEMBER): string => `canopy.attacked.mail.main.${sender}.${to}`

const origin = (number: number, more = ''): string =>
  `{"address":"${ROOT}.worker:1","birth":"b","number":${number}${more}}`

const envelope = (event: string, number: number, more = ''): string =>
  `{"id":"evil/raw/${number}","from":${origin(number)},"event":${event}${more}}`

async function mailed(attacked: UnderAttack): Promise<AttackResult> {
  return survived(attacked, async (raw) => {
    let number = 0
    const task = attacked.task()
    const put = (payload: string | Uint8Array, to: string): void => raw.publish(mailbox(to), payload)
    for (const payload of [...noJson, ...noText]) put(payload, 'system.pool')
    for (const [at, value] of oddValues.entries()) {
      number += 1
      const to = [...ACTORS, task][at % (ACTORS.length + 1)] ?? 'system'
      put(value, to)
      put(envelope(value, number), to)
      put(envelope(`{"type":${value}}`, number), to)
      put(
        envelope(`{"type":"WORKER.FREE","worker":${value},"ticket":${value},"outcome":${value}}`, number),
        to,
      )
      put(`{"id":${value},"from":${origin(1)},"event":{"type":"WORKER.FREE"}}`, to)
      for (const field of ['address', 'birth', 'number'])
        put(`{"id":"i","from":${origin(1, `,"${field}":${value}`)},"event":{"type":"WORKER.FREE"}}`, to)
      put(envelope('{"type":"SETTLE"}', number, `,"event":{"type":"RAISE","usd":${value}}`), 'system.budget')
      put(envelope('{"type":"X"}', number, `,"from":${value}`), to)
    }
    await raw.flush()
    return undefined
  })
}

/** Large ones are as many as fit in a second. */
async function large(attacked: UnderAttack): Promise<AttackResult> {
  return survived(attacked, async (raw) => {
    const free = (outcome: string, ticket = 'null') =>
      `{"type":"WORKER.FREE","worker":"${ROOT}.worker:1","ticket":${ticket},"outcome":${outcome}}`
    for (const bytes of [MEMBER_LIMIT, MEMBER_LIMIT + 1, ENVELOPE_LIMIT, MAX_PAYLOAD]) {
      raw.publish(
        mailbox('system.pool'),
        filled(bytes, (x) => envelope(free(`"${x}"`), 100)),
      )
      raw.publish(
        mailbox('system.pool'),
        filled(bytes, (x) => `{"type":"${x}"}`),
      )
      raw.publish(
        mailbox('system.pool'),
        filled(bytes, (x) => `{"id":"${x}","from":${origin(1)},"event":{"type":"A"}}`),
      )
      raw.publish(
        mailbox('nobody.there'),
        filled(bytes, (x) => envelope(`{"type":"A","x":"${x}"}`, 101)),
      )
    }
    const zeros = manyZeros(MEMBER_LIMIT - 1_000)
    raw.publish(mailbox('system.pool'), envelope(free(`{"kind":"failed","reasons":${zeros}}`), 103))
    raw.publish(mailbox('system.pool'), envelope(`{"type":"NODES","nodes":${zeros}}`, 102))
    for (let life = 0; life < 8; life += 1) {
      const birth = filled(900_000, (x) => `${life}${x}`)
      const from = `{"address":"${ROOT}.worker:1","birth":"${birth}","number":1}`
      raw.publish(mailbox('system.pool'), `{"id":"life/${life}","from":${from},"event":${free('null')}}`)
    }
    await raw.flush()
    const tooLarge = await RawNats.connect(attacked.server.url, attacked.server.credentials.main)
    tooLarge.publish(mailbox('system.pool'), Buffer.alloc(MAX_PAYLOAD + 1, 'x'))
    await tooLarge.flush().catch(() => {})
    tooLarge.close()
    await attacked.quiet()
    const { run } = attacked
    const kept = JSON.stringify([...run.node.records]).length
    if (kept > 500_000) return `what actors keep has grown to ${kept} characters`
    const told = JSON.stringify(run.facts.filter(({ type }) => type === 'letter.dead')).length
    return told > 500_000 ? `what is told of it has ${told} characters` : undefined
  })
}

async function wildcards(attacked: UnderAttack): Promise<AttackResult> {
  return survived(attacked, async (raw) => {
    const odd = [
      '*',
      '>',
      'system.*',
      'system.>',
      '%',
      '%ZZ',
      '%00',
      '%FF',
      '%C3',
      'a..b',
      'system.',
      '%2A',
      '$SYS',
    ]
    for (const [at, to] of odd.entries()) {
      const text = envelope('{"type":"PAUSE"}', 200 + at)
      raw.publish(mailbox(to), text)
      raw.publish(`canopy.attacked.mail.${to}.${MEMBER}.system.pool`, text)
      raw.publish(`canopy.attacked.control.${MEMBER}.${to}`, '{}')
      raw.publish(`canopy.attacked.control.${to}.status`, '{}')
      raw.publish(`canopy.attacked.facts.${MEMBER}.${to}`, text)
    }
    raw.publish(mailbox('x'.repeat(3_000)), envelope('{"type":"PAUSE"}', 250))
    raw.publish(
      mailbox(Array.from({ length: 1_000 }, () => 'y').join('.')),
      envelope('{"type":"PAUSE"}', 251),
    )
    await raw.flush()
    return says(attacked.run, 'run.paused') ? 'the run was paused' : undefined
  })
}

async function controlled(attacked: UnderAttack): Promise<AttackResult> {
  const { server, system } = attacked
  const connection = await connectTo(server, 'operator')
  const ask = async (rest: string, payload: string | Uint8Array): Promise<string | undefined> => {
    const subject = `canopy.${system}.control.operator.${rest}`
    const answer = await connection.nats
      .request(subject, payload, { timeout: ANSWER_MS })
      .catch(() => undefined)
    if (!answer) return `${subject} was not answered`
    const reply = JSON.parse(answer.string()) as { ok: boolean; error?: { code: string } }
    return reply.ok || reply.error?.code
      ? undefined
      : `${subject} was answered with ${answer.string().slice(0, 100)}`
  }
  const verbs = [
    'status',
    'tree',
    'actors',
    'budget',
    'inspect',
    'chart',
    'send',
    'send.system.pool',
    '__proto__',
    '%00',
  ]
  try {
    return await survived(attacked, async () => {
      const asked: Promise<string | undefined>[] = []
      for (const payload of [...noJson, ...noText]) for (const verb of verbs) asked.push(ask(verb, payload))
      for (const value of oddValues) {
        for (const verb of ['inspect', 'chart', 'send', 'send.system.pool']) {
          asked.push(ask(verb, value))
          asked.push(ask(verb, `{"to":${value},"type":${value},"event":${value},"wait":${value}}`))
          asked.push(ask(verb, `{"to":"system.pool","event":{"type":"X","x":${value}},"wait":1}`))
        }
      }
      const found = (await Promise.all(asked)).find((each) => each !== undefined)
      if (found) return found
      const zeros = manyZeros(ENVELOPE_LIMIT)
      const many = [zeros, `{"to":"system.pool","event":{"type":"NODES","nodes":${zeros.slice(0, -100)}0]}}`]
      for (const payload of many)
        for (const verb of ['inspect', 'send', 'send.system.pool']) {
          const slow = await ask(verb, payload)
          if (slow) return slow
        }
      return undefined
    })
  } finally {
    await connection.close()
  }
}

/** Everything that a worker of the node said is said again: the same, under another id, and after home began anew. */
async function replayed(attacked: UnderAttack): Promise<AttackResult> {
  const { run } = attacked
  const worker = `${ROOT}.worker:1`
  const idle = (): number =>
    run.facts.filter(
      (fact) => fact.type === 'emitted' && fact.event.type === 'worker.idle' && fact.event.worker === worker,
    ).length
  const nodes = [{ node: ROOT, workers: 1, agents: true }]
  await run.mail.publish({ id: 'registry/1', to: 'system.pool', from: null, event: { type: 'NODES', nodes } })
  const free = `{"type":"WORKER.FREE","worker":"${worker}","ticket":null,"outcome":null}`
  const said = envelope(free, 1)
  return survived(
    attacked,
    async (raw) => {
      raw.publish(mailbox('system.pool'), said)
      await eventually(() => idle() > 0, { what: 'a worker of the node' })
      const before = idle()
      const again = async (): Promise<void> => {
        for (const text of [
          said,
          said.replace('evil/raw/1', 'evil/other'),
          said.replace('"number":1', '"number":1.0'),
        ])
          raw.publish(mailbox('system.pool'), text)
        // Of an earlier life, of another one, of none.
        for (const unit of [`${MEMBER}-0`, `${MEMBER}-2`, MEMBER, 'node-other-1'])
          raw.publish(
            mailbox('system.pool'),
            envelope(free.replaceAll(ROOT, unit), 3).replaceAll(`${ROOT}.worker`, `${unit}.worker`),
          )
        await raw.flush()
      }
      await again()
      await run.stop()
      await run.start()
      await again()
      await attacked.quiet()
      // What it was given meanwhile goes to others.
      await run.mail.publish({
        id: 'registry/2',
        to: 'system.pool',
        from: null,
        event: { type: 'NODES', nodes: [] },
      })
      return idle() > before ? 'mail that was taken was taken again' : undefined
      // It does not work on what it is given: others do.
    },
    2,
  )
}

const attack = (title: string, play: (attacked: UnderAttack) => Promise<AttackResult>): Attack => ({
  title,
  async play() {
    await using attacked = await beginRun()
    return await play(attacked)
  },
})

export const attacks: Readonly<Record<string, Attack>> = {
  mail: attack(
    'A node mails what is no JSON, no envelope or no event, with odd values in each field.',
    mailed,
  ),
  large: attack('A node mails bodies, names and arrays as large as the server takes, and larger.', large),
  wildcards: attack(
    'A node and others use wildcards, empty tokens and wrong escapes in subjects.',
    wildcards,
  ),
  control: attack('An operator asks with odd payloads, verbs and addresses.', controlled),
  replays: attack(
    'A node says again what it said, also after home began anew and as an earlier life.',
    replayed,
  ),
}
