// Survey record
//
// Stores surveys by their commit, so that a request needs to name only the commit.

import { join } from 'node:path'
import { type Survey, surveySchema } from '../machines/index.ts'
import { readJson, writeJson } from './durable-file.ts'
import type { DataPlaces } from './places.ts'
import { WorkspaceError } from './workspace-error.ts'

/** A survey, or the part that identifies it. */
export type SurveyOf = Pick<Survey, 'head'>

export async function keepSurvey(places: DataPlaces, survey: Survey): Promise<void> {
  await writeJson(place(places, survey.head), survey)
}

export async function keptSurvey(places: DataPlaces, { head }: SurveyOf): Promise<Survey> {
  const survey = surveySchema.safeParse(await readJson(place(places, head))).data
  if (survey !== undefined) return survey
  throw new WorkspaceError('not_surveyed', `commit ${head} was not surveyed with the data in ${places.root}`)
}

function place(places: DataPlaces, head: string): string {
  return join(places.surveys, `${head}.json`)
}
