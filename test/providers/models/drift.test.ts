// Whether the vendors still speak as our servers do: only when asked for, since it costs a little money.
//
//     CANOPY_DRIFT=1 ANTHROPIC_API_KEY=... OPENAI_API_KEY=... npm test -- drift

import { describe, expect, test } from 'vitest'
import { callsOf, costOf, type Turn } from '../../../machines/index.ts'
import { configuredModels, openModel } from '../../../providers/index.ts'
import { asking, patient, replied, results, user } from '../../contracts/model.ts'

const asked = process.env.CANOPY_DRIFT === '1'
const found = configuredModels({}, asked ? process.env : {})
const cheap = found.kind === 'configured' ? found.roles.cheap : []
const places = found.kind === 'configured' ? found.models.filter(({ name }) => cheap.includes(name)) : []

describe.skipIf(places.length === 0)('the vendors', () => {
  test.each(places.flatMap((place) => [true, false].map((stream) => ({ ...place, stream }))))(
    '$name, streamed: $stream',
    async (place) => {
      const model = openModel(place)
      const turns: Turn[] = [user('Read the file a.txt, then say what it says.')]
      const first = replied(await model.send(asking(turns), patient()))
      const said: Turn = { role: 'assistant', blocks: first.blocks }
      expect(callsOf(said)).toMatchObject([{ name: 'read_file', input: { path: 'a.txt' } }])
      turns.push(said, results(first, 'The word is marmalade.'))
      const second = replied(await model.send(asking(turns), patient()))
      expect(JSON.stringify(second.blocks)).toContain('marmalade')
      expect(costOf(second.usage, place.price)).toBeGreaterThan(0)
      expect(await model.countTokens?.(asking(turns), patient())).toBeGreaterThan(50)
    },
  )
})
