import { it } from 'vitest'
import type { CaseName } from './cases.ts'
import { OtpWorld } from './world.ts'

/** The test of one case of supervisor_SUITE, in a world of its own. */
export function otp(name: CaseName, test: (world: OtpWorld) => Promise<void>): void {
  it(name, async () => {
    const world = await OtpWorld.open()
    try {
      await test(world)
    } finally {
      await world.close()
    }
  })
}
