// Units: mail goes to the unit that its receiver is in, and what is left of a unit or a system can be taken away.

import { jetstreamManager } from '@nats-io/jetstream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Connection,
  type NatsServer,
  openMail,
  renewConsumerOf,
  retireMail,
  retireUnit,
  systemsOn,
} from '../../transport/index.ts'
import { envelope, eventually, Notebook } from '../contracts/mail.ts'
import { connectTo, startServer, stopServers } from './nats.ts'

let server: NatsServer
let connection: Connection

beforeAll(async () => {
  server = await startServer()
  connection = await connectTo(server)
})
afterAll(async () => {
  await connection.close()
  await stopServers()
})

const unitOf = (address: string) => address.split('.')[0] ?? ''
const open = (unit: string) => openMail({ connection, system: 'many', unit, unitOf, mailboxLimit: 10 })

const from = (address: string) => (to: string, label: string) => ({
  ...envelope(to, label),
  from: { address, birth: 'b1', number: 1 },
})
const fromHere = from('one.actor')
const fromThere = from('other.actor')

async function subjects(): Promise<string[]> {
  const manager = await jetstreamManager(connection.nats)
  const { state } = await manager.streams.info('canopy-many-mail', { subjects_filter: '>' })
  return Object.keys(state.subjects ?? {})
}

test('each unit gets its own mail, from itself and from the others, and nobody else does', async () => {
  const [one, other] = [await open('one'), await open('other')]
  const [notes, others] = [new Notebook(true), new Notebook(true)]
  await one.receive(notes.receiver)
  await other.receive(others.receiver)
  await one.publish(fromHere('other.actor', 'over'))
  await other.publish(fromThere('one.actor', 'back'))
  await one.publish(envelope('one.actor', 'here'))
  await eventually(() => expect(notes.labels()).toEqual(['back', 'here']))
  await eventually(() => expect(others.labels()).toEqual(['over']))
  await one.close()
  await other.close()
})

test('nobody speaks for another: neither for an actor of another unit nor for the outside', async () => {
  const [one, other] = [await open('one'), await open('other')]
  const notes = new Notebook(true)
  await one.receive(notes.receiver)
  await other.publish(fromHere('one.actor', 'another'))
  await other.publish({ ...fromThere('one.actor', 'nobody'), from: null })
  await one.publish({ ...fromHere('one.actor', 'its own'), from: null })
  await one.publish(fromThere('one.actor', 'brought again'))
  await other.publish([fromThere('one.actor', 'first'), fromThere('one.actor', 'second')])
  const together = [fromThere('one.actor', 'honest'), fromHere('one.actor', 'hidden behind it')]
  const payload = together.map((each) => `\u001e${JSON.stringify(each)}`).join('')
  connection.nats.publish('canopy.many.mail.one.other.one.actor', payload)
  await eventually(() => expect(notes.labels()).toEqual(['its own', 'brought again', 'first', 'second']))
  await eventually(() => expect(notes.undecodable).toHaveLength(3))
  expect(notes.undecodable).toMatchObject([
    { kind: 'forged', error: "its sender is 'one.actor', but 'other' sent it" },
    { kind: 'forged', error: "'other' may not send mail from outside" },
    { kind: 'forged', error: "its sender is 'one.actor', but 'other' sent it" },
  ])
  await one.close()
  await other.close()
})

test('what is left of a unit goes with it, and only that', async () => {
  const [one, other] = [await open('one'), await open('other')]
  await other.receive(new Notebook().receiver)
  await one.publish(envelope('other.actor', 'late'))
  await one.publish(envelope('one.actor', 'stays'))
  await other.close()
  await retireUnit(connection, 'many', 'other')
  await retireUnit(connection, 'many', 'other')
  expect(await subjects()).toEqual(['canopy.many.mail.one.one.one.actor'])
  const manager = await jetstreamManager(connection.nats)
  await expect(manager.consumers.info('canopy-many-mail', 'unit-other')).rejects.toThrow('not found')
  await one.close()
})

test('a guest does not bring back what its host has removed', async () => {
  const host = await open('one')
  const guest = await openMail({
    connection,
    system: 'many',
    unit: 'other',
    unitOf,
    mailboxLimit: 10,
    renew: () => renewConsumerOf(connection, 'many', 'other'),
    onTrouble: (sentence) => (troubled ||= sentence.includes('cannot be received yet')),
  })
  let troubled = false
  const notes = new Notebook(true)
  await guest.receive(notes.receiver)
  await host.publish(fromHere('other.actor', 'over'))
  await eventually(() => expect(notes.labels()).toEqual(['over']))
  await host.close()
  await retireMail(connection, 'many')
  // It has tried to begin again.
  await eventually(() => expect(troubled).toBe(true))
  expect(await systemsOn(connection)).toEqual([])
  await guest.close()
  await (await open('one')).close()
})

test('a system is found by its mail, and not once that is removed', async () => {
  expect(await systemsOn(connection)).toEqual(['many'])
  await retireMail(connection, 'many')
  await retireMail(connection, 'many')
  expect(await systemsOn(connection)).toEqual([])
})
