// Home records
//
// Owns:   what home can check of those who work on other nodes, read from what its pool and its budget have written down.
// Leaves: what follows from it (machines/mail-permissions.ts).

import { z } from 'zod'
import type { Door } from '../../actors/index.ts'
import type { ActorRecord, Address } from '../../kernel/index.ts'
import {
  budgetRequestSchema,
  hasInHand,
  type Ledger,
  mailRefusal,
  maySettle,
  type PoolContext,
  systemActor,
} from '../../machines/index.ts'

export const POOL = `${systemActor.kind}.pool`
export const BUDGET = `${systemActor.kind}.budget`

type ReadRecord = (address: Address) => ActorRecord | undefined

export function poolOf(record: ReadRecord): PoolContext | undefined {
  return record(POOL)?.snapshot.context as PoolContext | undefined
}

export function ledgerOf(record: ReadRecord): Ledger | undefined {
  return record(BUDGET)?.snapshot.context as Ledger | undefined
}

/** Judges mail by the table and by these records. */
export function homeDoor(heardOfPause: (agent: Address) => boolean): Door {
  return (mail, record) =>
    mailRefusal(mail, {
      holds(worker, account) {
        const pool = poolOf(record)
        return pool !== undefined && hasInHand(pool, worker, account)
      },
      maySettle(event) {
        const settlement = settlementSchema.safeParse(event).data
        const ledger = ledgerOf(record)
        return settlement !== undefined && ledger !== undefined && maySettle(ledger, settlement)
      },
      heardOfPause,
    })
}

/** On a node nobody works for anybody elsewhere: nothing is known there, and nothing has to be. */
export const nodeDoor: Door = (mail) =>
  mailRefusal(mail, { holds: () => false, maySettle: () => false, heardOfPause: () => false })

const settlementSchema = z
  .discriminatedUnion('type', [...budgetRequestSchema.options])
  .pipe(
    z.custom<Extract<z.infer<typeof budgetRequestSchema>, { type: 'SETTLE' }>>(
      (value) => (value as { type?: unknown }).type === 'SETTLE',
    ),
  )
