// Round start
//
// The commit from which all tasks of a round start: the tip of the branch at the first request.
//
// So the work of a round does not depend on which of its tasks was merged first.

import { join } from 'node:path'
import { z } from 'zod'
import { readJson, writeJson } from './durable-file.ts'
import { milestoneBranch } from './milestone-branch.ts'
import type { WorkspaceParts } from './parts.ts'
import { fileName } from './places.ts'

const recordSchema = z.object({ commit: z.string() })

export interface RoundOrder {
  readonly milestone: string
  readonly round: number
}

export async function roundStart(parts: WorkspaceParts, { milestone, round }: RoundOrder): Promise<string> {
  const place = join(parts.places.rounds, `${fileName(`${milestone}.${round}`)}.json`)
  const known = recordSchema.safeParse(await readJson(place)).data
  if (known) return known.commit
  const { tip } = await milestoneBranch(parts, milestone)
  await writeJson(place, { commit: tip })
  return tip
}
