// Schema issues
//
// Owns:   short texts for schema errors. Texts are limited, because an error for each wrong value could be many times
//         as long as the input.

import { z } from 'zod'

const MAX_ISSUES = 5
const MAX_CHARACTERS = 300

/** The first issues as `path: message`; `whole` names the value itself. */
export function issueTexts({ issues }: z.ZodError, whole: string): string[] {
  const told = issues
    .slice(0, MAX_ISSUES)
    .map(({ path, message }) => shortened(`${path.join('.') || whole}: ${message}`))
  return issues.length > MAX_ISSUES ? [...told, `and ${issues.length - MAX_ISSUES} more`] : told
}

/** The first issues, one a line, for a person. */
export function describeIssues({ issues }: z.ZodError): string {
  const text = z.prettifyError(
    new z.ZodError(
      issues.slice(0, MAX_ISSUES).map((issue) => ({
        ...issue,
        path: issue.path.map((part) => (typeof part === 'string' ? shortened(part) : part)),
        message: shortened(issue.message),
      })),
    ),
  )
  return issues.length > MAX_ISSUES ? `${text}\nand ${issues.length - MAX_ISSUES} more` : text
}

function shortened(text: string): string {
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text
}
