// Types gate
//
// Owns:   that the repository's own type check still passes. One that does not look at tests passes as before.

import { runTypeCheck } from '../type-check.ts'
import type { Gate } from './gate.ts'
import { verdict } from './verdict.ts'

export const types: Gate = {
  name: 'types',
  async judge(parts, { survey, root, signal }) {
    if (survey.types === undefined) return verdict('types', [])
    const result = await runTypeCheck(parts, { ...survey, types: survey.types, root, signal })
    return verdict('types', result.findings)
  },
}
