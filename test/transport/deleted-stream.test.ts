// A mail stream that was deleted while nothing ran: the next process says so, and says it once.

import { jetstreamManager } from '@nats-io/jetstream'
import { afterAll, expect, test } from 'vitest'
import { mailNames, openMail, type StreamRecord } from '../../transport/index.ts'
import { connectTo, startServer, stopServers } from './nats.ts'

afterAll(stopServers)

test('a stream that was deleted while nothing ran is told by the next process, once', async () => {
  const connection = await connectTo(await startServer())
  let recorded: string | undefined
  const record: StreamRecord = {
    read: async () => recorded,
    write: async (made) => {
      recorded = made
    },
  }
  const toldByOne = async (): Promise<string[]> => {
    const told: string[] = []
    const onNotice = (sentence: string) => void told.push(sentence)
    const mail = await openMail({
      connection,
      system: 'gone',
      unit: 'main',
      mailboxLimit: 10,
      record,
      onNotice,
    })
    await mail.close()
    return told
  }
  expect(await toldByOne()).toEqual([])
  expect(await toldByOne()).toEqual([])
  await (await jetstreamManager(connection.nats)).streams.delete(mailNames('gone', 'main').stream)
  expect(await toldByOne()).toEqual([expect.stringContaining('deleted while no process ran')])
  expect(await toldByOne()).toEqual([])
  await connection.close()
})
