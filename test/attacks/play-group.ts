// Every attack of a group as a test: it passes only when the attack was played and refused.

import { describe, expect, it } from 'vitest'
import { attacksOf, missingNeed, play } from './attack.ts'

export async function playGroup(group: string): Promise<void> {
  const attacks = await attacksOf(group)
  describe(`attacks: ${group}`, () => {
    it('has attacks', () => expect(attacks).not.toEqual([]))
    for (const attack of attacks) {
      const need = missingNeed(attack)
      it.skipIf(need !== undefined)(
        `refuses ${attack.name}${need === undefined ? '' : ` (needs ${need})`}`,
        async () => {
          const result = await play(attack)
          expect(result, JSON.stringify(result, null, 2)).toMatchObject({ kind: 'refused' })
        },
      )
    }
  })
}
