// Released
//
// Owns:   what becomes of the text of the changelog at a release.

const UNRELEASED = '## Unreleased\n'

/** The text with the unreleased entries under this version and day. Throws when there are none. */
export function released(text: string, version: string, day: Date): string {
  if (!/^\d+\.\d+\.\d+/.test(version))
    throw new Error(`${JSON.stringify(version)} is no version, such as 1.2.3`)
  const [before, entries = ''] = text.split(UNRELEASED)
  const isEmpty = (entries.split(/^## /m)[0] ?? '').trim() === ''
  if (isEmpty) throw new Error('CHANGELOG.md has no entries under "## Unreleased"; a release needs one')
  return `${before}${UNRELEASED}\n## ${version} (${day.toISOString().slice(0, 10)})\n${entries}`
}
