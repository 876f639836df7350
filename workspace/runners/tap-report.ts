// TAP report
//
// Reads results in the Test Anything Protocol (versions 12 to 14): points, subtests, directives, diagnostics.

export interface TapResult {
  /** The names of the subtests around it, outermost first. */
  readonly groups: readonly string[]
  readonly name: string
  readonly status: 'passed' | 'failed' | 'skipped'
  /** The diagnostic block of a failure. */
  readonly message: string
}

const POINT = /^(\s*)(not )?ok\b(?:\s+(\d+))?(?:\s+-)?\s*(.*)$/
const SUBTEST = /^(\s*)# Subtest\b/
const COMMENT = /^# (.*)$/
const SUMMARY = /^(tests|pass|fail|skip|todo|ok|failed|passed|time|cancelled|suites|duration_ms)\b/
const DIRECTIVE = /\s#\s*(skip|todo)\S*\b.*$/i
const MAX_MESSAGE_CHARACTERS = 4_000

interface OpenLevel {
  /** Points that are indented less close it. */
  readonly indent: number
  readonly results: TapResult[]
}

/** Whether the text has a plan or a version line, and a point. */
export function isTap(text: string): boolean {
  return /^(?:TAP version \d+|\d+\.\.\d+)\b/m.test(text) && /^(?:not )?ok\b/m.test(text)
}

/**
 * The results of single tests. A point that closes a subtest is left out, unless only the point failed. Points below
 * a comment, as tape writes them, are one test with the comment's name.
 */
export function readTap(text: string): TapResult[] {
  const levels: OpenLevel[] = [{ indent: 0, results: [] }]
  const lines = text.split(/\r?\n/)
  const hasSubtests = lines.some((line) => SUBTEST.test(line))
  let comment: string | undefined
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    const subtest = SUBTEST.exec(line)
    if (subtest !== null) {
      // The comment is indented like the point that closes the subtest.
      levels.push({ indent: (subtest[1]?.length ?? 0) + 1, results: [] })
      continue
    }
    const said = hasSubtests ? null : COMMENT.exec(line)
    if (said !== null && !SUMMARY.test(said[1] ?? '')) comment = said[1]
    const point = POINT.exec(line)
    if (point === null) continue
    const [block, next] = diagnostic(lines, at + 1)
    at = next - 1
    closeOrAdd(levels, resultOf(point, block), point[1]?.length ?? 0, comment)
  }
  const all = levels.flatMap(({ results }) => results)
  return hasSubtests ? all : joined(all)
}

const outer = (levels: readonly OpenLevel[]) => levels.at(-1) as OpenLevel

function resultOf(point: RegExpExecArray, block: string): TapResult {
  const text = point[4] ?? ''
  const directive = DIRECTIVE.exec(` ${text}`)
  const name = (directive === null ? text : ` ${text}`.slice(0, directive.index)).trim()
  const plain = name.replace(/\s+#\s*time=.*$/, '').replace(/\s+\{$/, '')
  const status = directive !== null ? 'skipped' : point[2] ? 'failed' : 'passed'
  return { groups: [], name: unescaped(plain), status, message: status === 'failed' ? block : '' }
}

const unescaped = (name: string) => name.replace(/\\([#\\])/g, '$1')

function closeOrAdd(
  levels: OpenLevel[],
  result: TapResult,
  indent: number,
  comment: string | undefined,
): void {
  const inner = outer(levels)
  if (levels.length > 1 && indent < inner.indent) {
    levels.pop()
    const { results } = inner
    const isTold = result.status !== 'failed' || results.some(({ status }) => status === 'failed')
    const named = results.map((one) => ({ ...one, groups: [result.name, ...one.groups] }))
    outer(levels).results.push(...named, ...(isTold && results.length > 0 ? [] : [result]))
    return
  }
  inner.results.push(comment === undefined ? result : { ...result, groups: [comment] })
}

/** Points with the same comment above them, as one. */
function joined(points: readonly TapResult[]): TapResult[] {
  const tests: TapResult[] = []
  for (const { groups, ...point } of points) {
    const [comment] = groups
    if (comment === undefined) {
      tests.push({ groups, ...point })
      continue
    }
    const last = tests.at(-1)
    if (last?.name === comment) tests.splice(-1, 1, withPoint(last, point))
    else tests.push(withPoint({ groups: [], name: comment, status: 'skipped', message: '' }, point))
  }
  return tests
}

/** A test with one more of its assertions. */
export function withPoint<Test extends Pick<TapResult, 'status' | 'message'>>(
  test: Test,
  point: Pick<TapResult, 'name' | 'status' | 'message'>,
): Test {
  const failed = point.status === 'failed' ? `${point.name}\n${point.message}`.trim() : ''
  const message = [test.message, failed].filter(Boolean).join('\n').slice(0, MAX_MESSAGE_CHARACTERS)
  return { ...test, status: worse(test.status, point.status), message }
}

function worse(one: TapResult['status'], other: TapResult['status']): TapResult['status'] {
  if (one === 'failed' || other === 'failed') return 'failed'
  return one === 'passed' || other === 'passed' ? 'passed' : 'skipped'
}

/** The block of YAML behind a point, and the line after it. */
function diagnostic(lines: readonly string[], from: number): [text: string, next: number] {
  if (!/^\s+---\s*$/.test(lines[from] ?? '')) return ['', from]
  const indent = /^\s*/.exec(lines[from] ?? '')?.[0].length ?? 0
  let end = from + 1
  while (end < lines.length && !/^\s+\.\.\.\s*$/.test(lines[end] ?? '')) end += 1
  const text = lines
    .slice(from + 1, end)
    .map((line) => line.slice(indent))
    .join('\n')
  return [text.slice(0, MAX_MESSAGE_CHARACTERS), Math.min(end + 1, lines.length)]
}
