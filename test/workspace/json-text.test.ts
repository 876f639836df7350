// What programs print: a report 150,000 levels deep is none.

import { expect, it } from 'vitest'
import { jsonOf } from '../../kernel/index.ts'

it('takes JSON that is nested too deeply for no JSON', () => {
  expect(jsonOf(`${'['.repeat(150_000)}${']'.repeat(150_000)}`)).toBeUndefined()
  expect(jsonOf('[{"deep":[1]}]')).toEqual([{ deep: [1] }])
})
