// The gate `format` with a formatter that answers at once: which files it complains about.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { format } from '../../gates/format.ts'
import type { GateInput, GateParts } from '../../gates/gate.ts'
import type { FileChange } from '../../machines/index.ts'

const root = mkdtempSync(join(tmpdir(), 'canopy-format-'))
beforeAll(() => {
  const files = {
    'package.json': JSON.stringify({ scripts: { format: 'prettier --check .' } }),
    'node_modules/prettier/bin/prettier.cjs': '',
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
})
afterAll(() => rmSync(root, { recursive: true }))

/** Formats by removing double spaces; `fail` makes it fail. */
function formatted(text: string) {
  const code = text.includes('fail') ? 2 : 0
  return { kind: 'exited', code, stdout: code === 0 ? text.replaceAll('  ', ' ') : '', stderr: '' }
}

async function judge(files: readonly FileChange[]) {
  let [running, most] = [0, 0]
  const sandbox = {
    run: async ({ stdin }: { stdin: string }) => {
      running += 1
      most = Math.max(most, running)
      await Promise.resolve()
      running -= 1
      return formatted(stdin)
    },
  }
  const parts = {
    sandbox,
    places: { dependencies: root, repositories: root, worktrees: root },
    log: () => undefined,
  } as unknown as GateParts
  const survey = { dependencies: join(tmpdir(), 'canopy-none') }
  const subject = { survey, root, files: async () => files } as unknown as GateInput
  return { ...(await judgedBy(parts, subject)), most }
}

async function judgedBy(parts: GateParts, subject: GateInput) {
  const gate = format.under()
  const { kind, findings } = await gate.judge(parts, subject)
  return { kind, paths: findings.map((finding) => finding.split(' ')[0]) }
}

const spoilt = (path: string): FileChange => ({ path, before: 'a b\n', after: 'a  b\n' })

describe('the gate format', () => {
  it.each<[string, Omit<FileChange, 'path'>, boolean]>([
    ['is formatted', { before: 'a\n', after: 'a b\n' }, false],
    ['is new and formatted', { after: 'a b\n' }, false],
    ['is new and not formatted', { after: 'a  b\n' }, true],
    ['was formatted and is not', { before: 'a b\n', after: 'a  b\n' }, true],
    ['was not formatted either', { before: 'a  c\n', after: 'a  b\n' }, false],
    ['is gone', { before: 'a  b\n' }, false],
    ['makes the formatter fail', { before: 'a\n', after: 'fail  \n' }, false],
  ])('judges a file that %s', async (_what, change, isSpoilt) => {
    const { kind, paths } = await judge([{ path: 'src/a.ts', ...change }])
    expect([kind, paths]).toEqual(isSpoilt ? ['failed', ['src/a.ts']] : ['passed', []])
  })

  it('judges no file that its formatter is not for', async () => {
    expect((await judge([spoilt('notes.txt'), spoilt('a.py')])).kind).toBe('passed')
  })

  it.each([1, 4, 5, 199, 200, 201, 430])('judges all of %d files, four at once', async (count) => {
    const files = Array.from({ length: count }, (_, at) => spoilt(`src/${at}.ts`))
    const { paths, most } = await judge(files)
    expect(paths).toEqual(files.map(({ path }) => path))
    expect(most).toBeLessThanOrEqual(4)
  })

  it('complains about the last of many files alone', async () => {
    const fine = Array.from(
      { length: 300 },
      (_, at): FileChange => ({ path: `src/${at}.ts`, after: 'a b\n' }),
    )
    expect((await judge([...fine, spoilt('src/last.ts')])).paths).toEqual(['src/last.ts'])
  })
})
