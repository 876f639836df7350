import { expect, it } from 'vitest'
import { asUserError } from '../../app/room-errors.ts'
import { tellFailure } from '../../cli/failure.ts'
import { StoreError } from '../../persistence/index.ts'
import { connectNats } from '../../transport/index.ts'

it('a NATS server that cannot be reached is for the user to put right: exit code 2', async () => {
  const error = await connectNats({ url: 'nats://127.0.0.1:1', name: 'test' }).catch((each: unknown) => each)
  const told = tellFailure(asUserError(error))
  expect(told).toMatchObject({ exitCode: 2, text: expect.stringContaining('nats://127.0.0.1:1') })
})

it('a full disk is for the user to put right, and nothing is lost', () => {
  const told = tellFailure(asUserError(new StoreError('disk_full', '/data', 'no space is left')))
  expect(told).toMatchObject({ exitCode: 2, text: expect.stringContaining('continues from there') })
})

it('anything else is a fault of Canopy', () => {
  expect(tellFailure(asUserError(new Error('oops')))).toMatchObject({ exitCode: 70 })
})
