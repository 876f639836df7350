// Alarms
//
// Owns:   an actor's stored timers, one row each.

import { z } from 'zod'
import type { Alarm } from '../kernel/index.ts'
import type { Operation, StoredRow } from './database.ts'
import { decodeAs, put } from './json.ts'
import { escaped, under } from './keys.ts'
import type { Commit } from './store.ts'

const alarmSchema = z.looseObject({
  id: z.string(),
  event: z.looseObject({ type: z.string() }),
  deadline: z.number(),
})

/** `key`: the actor's key. A timer that is cancelled and set in one commit stays set. */
export function alarmOperations(key: string, { set, cancelled }: Commit['alarms']): Operation[] {
  return [
    ...cancelled.map((id): Operation => [alarmKey(key, id), undefined]),
    ...set.map((alarm) => put(alarmKey(key, alarm.id), alarm)),
  ]
}

export function alarmOf([key, text]: StoredRow): Alarm {
  return decodeAs(alarmSchema, key, text) as object as Alarm
}

export function alarmKey(key: string, id: string): string {
  return under(under(key, 'alarm'), escaped(id))
}
