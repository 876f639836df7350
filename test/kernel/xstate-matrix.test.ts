// The same chart and the same events in a live XState actor and in a node that is stopped and started again from its
// store between every two events: state value, context, output, tags, emitted events and children are the same.

import { describe, expect, it } from 'vitest'
import { actions } from './xstate/actions.ts'
import { type Case, durable, live } from './xstate/both.ts'
import { family } from './xstate/family.ts'
import { states } from './xstate/states.ts'
import { time } from './xstate/time.ts'

const features: Record<string, Record<string, Case>> = { states, actions, time, family }

for (const [feature, cases] of Object.entries(features)) {
  describe(feature, () => {
    for (const [name, each] of Object.entries(cases)) {
      it(name, async () => {
        const expected = await live(each)
        expect(await durable(each, expected)).toEqual(expected)
      })
    }
  })
}
