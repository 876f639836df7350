// Format
//
// Formats texts with a repository's own formatters, in the sandbox.
// Leaves: finding the formatters (commands/formatters.ts).
//
// A text goes in by stdin and comes back by stdout: no file of the worktree is written, where code could have left a
// link. A formatter that fails or prints nothing leaves the text as it is.

import type { Survey } from '../machines/index.ts'
import { fixersIn } from './commands/fixers.ts'
import type { Formatter } from './commands/formatter.ts'
import { formattersIn } from './commands/formatters.ts'
import { runCheck } from './commands/run-command.ts'
import type { WorkspaceParts } from './parts.ts'
import { keptSurvey, type SurveyOf } from './survey-record.ts'

export interface FormatOrder {
  readonly survey: Pick<Survey, 'dependencies'>
  /** The checkout whose configuration counts. */
  readonly root: string
  /** Its linters mend the text first. */
  readonly isMended?: boolean
  readonly signal?: AbortSignal | undefined
}

/** Formats one text as the content of the file at `path`; the same text when no formatter is for such files. */
export type FormatText = (path: string, text: string) => Promise<string>

/** The text of a file; undefined when its bytes are not UTF-8, and a formatter would spoil them. */
export function textIn(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString()
  return Buffer.from(text).equals(bytes) ? text : undefined
}

/** The formatters of a surveyed repository, in a checkout of it. */
export async function formatterOf(
  parts: WorkspaceParts,
  root: string,
  { survey: of, ...order }: { readonly survey: SurveyOf } & Pick<FormatOrder, 'signal' | 'isMended'>,
): Promise<FormatText | undefined> {
  return openFormatter(parts, { ...order, survey: await keptSurvey(parts.places, of), root })
}

/** Undefined when the repository uses no formatter. */
export async function openFormatter(
  parts: WorkspaceParts,
  { survey, root, isMended = false, signal }: FormatOrder,
): Promise<FormatText | undefined> {
  const places = { root, dependencies: survey.dependencies }
  const formatters = [...(isMended ? await fixersIn(places) : []), ...(await formattersIn(places))]
  if (formatters.length === 0) return undefined
  return async (path, text) => {
    let formatted = text
    for (const formatter of formatters)
      if (formatter.files.test(path)) formatted = await formatBy(formatter, formatted, path)
    return formatted
  }

  async function formatBy({ name, argvFor, read }: Formatter, text: string, path: string): Promise<string> {
    const order = { survey, root, argv: argvFor(path), stdin: text, signal }
    const checked = await runCheck(parts, order)
    const formatted = checked.kind === 'ended' ? read(checked, text) : undefined
    if (formatted !== undefined) return formatted
    parts.log('a formatter failed; the text stays as it is', { formatter: name, path })
    return text
  }
}
