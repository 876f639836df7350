import { expect, it } from 'vitest'
import { makeWritable } from '../../../app/settings/data-directory.ts'

it('a data directory where none can be made is refused, at once', async () => {
  await expect(makeWritable('/proc/canopy/data')).rejects.toMatchObject({ code: 'data_unwritable' })
})
