// Every chart is walked everywhere that mail, timers, outcomes and lost children can lead: no step throws, and no
// state or transition is there that nothing reaches; and each way is gone again in durable steps.

import { describe, expect, it } from 'vitest'
import { enter, machineCoverage, step } from '../../kernel/index.ts'
import * as machines from '../../machines/index.ts'
import { walks } from './walks.ts'

/** They work until they are stopped; the others can always come to an end. */
const LASTING = new Set(['pool', 'worker', 'integrator', 'budget'])

describe('charts', () => {
  it('none is left out', () => {
    const actors = Object.values(machines as Record<string, unknown>).filter(
      (each) => typeof each === 'object' && each !== null && 'machine' in each,
    )
    expect(new Set(walks.map(([actor]) => actor))).toEqual(new Set(actors))
  })

  for (const [actor, options] of walks) {
    const coverage = machineCoverage(actor, options)

    it(`${actor.kind}: every state and every transition is reached, and none is a dead end`, () => {
      expect(coverage.states.missing).toEqual([])
      expect(coverage.transitions.missing).toEqual([])
      expect(coverage.mistaken).toEqual([])
      expect(coverage.crashes).toEqual([])
      expect(coverage.endless).toBe(LASTING.has(actor.kind) ? coverage.situations : 0)
    })

    it(`${actor.kind}: each way ends the same when every step is stored in between`, () => {
      expect(coverage.paths.length).toBeGreaterThan(1)
      for (const { input, events, snapshot } of coverage.paths) {
        let stepped = enter(actor.machine, input)
        for (const event of events) {
          // A copy: nothing of the step before is remembered for it.
          const ended = /^xstate\.(?:done|error)\.actor\.(.*)$/.exec(event.type)?.[1]
          stepped = step(actor.machine, { ...stepped.snapshot }, event, ended === undefined ? [] : [ended])
        }
        expect(stepped.snapshot).toMatchObject({ value: snapshot.value, context: snapshot.context })
      }
    })
  }
})
