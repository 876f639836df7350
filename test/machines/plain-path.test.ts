import { posix, win32 } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isOfGit, isOfPackages, objectionToPath, pathSchema } from '../../machines/index.ts'

const HOSTILE = [
  ...[
    '..',
    '.',
    '',
    '...',
    '.. ',
    '..\\',
    '%2e%2e',
    '~',
    '-n',
    '$HOME',
    'C:',
    'c:x',
    'x:$DATA',
    '\\\\host',
    'a\\b',
  ],
  ...[
    '.git',
    '.GIT',
    '.git.',
    '.git ',
    '.git::$INDEX_ALLOCATION',
    'git~1',
    'GIT~22',
    '.g\u200cit',
    '.gi\u0301t',
  ],
  ...[
    '\uff0egit',
    '\uff0e\uff47\uff49\uff54',
    '.g\u0131t',
    '.g\u0456t',
    '\u2024git',
    '.\u0261it',
    '.gi\u0442',
  ],
  ...['con', 'CON.txt', 'aux', 'nul.tar.gz', 'COM1', 'lpt9.c', 'com\u00b9', 'CONIN$', 'prn '],
  ...[
    'x.',
    'x ',
    'a\0b',
    'a\nb',
    '\u001b[2J',
    '\ud800',
    'node_modules',
    'NODE_MODULES',
    'node_modules.',
    'x'.repeat(256),
  ],
  ...['\u00fc'.repeat(128), 'src', 'a b', '[id].ts', '...slug'],
]
const name = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 12 }))
const path = fc.array(name, { minLength: 1, maxLength: 6 }).map((names) => names.join('/'))

describe('a path that is let pass', () => {
  it('names one place below its root, on every system', () => {
    fc.assert(
      fc.property(path, (given) => {
        fc.pre(objectionToPath(given) === undefined)
        expect(posix.normalize(given)).toBe(given)
        expect(posix.resolve('/root', given)).toBe(`/root/${given}`)
        expect(win32.resolve('C:\\root', given)).toBe(`C:\\root\\${given.replaceAll('/', '\\')}`)
        expect(Buffer.from(given).toString()).toBe(given)
        for (const one of given.split('/')) {
          expect(one).toMatch(/[^. ]$/)
          expect(one.normalize('NFKC').toLowerCase()).not.toBe('.git')
          expect(isOfGit(one)).toBe(false)
          expect(Buffer.byteLength(one)).toBeLessThan(256)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('a path is refused', () => {
  const cases: [string, RegExp][] = [
    ['', /is empty/],
    ['../x', /has \.\. in it/],
    ['a/../../x', /has \.\. in it/],
    ['/etc/passwd', /is absolute/],
    ['a\0b', /NUL/],
    ['a\nb', /control character/],
    ['a\ud800', /not valid Unicode/],
    ['a\\b', /backslash/],
    ['//host/share', /is absolute/],
    ['C:/x', /colon/],
    ['a/con.txt', /Windows device/],
    ['a/x./b', /ends with a dot or a space/],
    [`a/${'x'.repeat(256)}`, /more than 255 bytes/],
    [`${'a/'.repeat(600)}b`, /more than 1024/],
  ]
  it.each(cases)('%j', (given, reason) => {
    expect(objectionToPath(given)).toMatch(reason)
    expect(pathSchema.safeParse(given).success).toBe(false)
  })

  it.each([
    '.git',
    '.GIT',
    '.git.',
    '.g\u200cit',
    '\uff0egit',
    '.g\u0131t',
    '.g\u0456t',
    '.\u0261it',
    'git~1',
  ])('as one of git: %j', (one) => expect(objectionToPath(`src/${one}/config`)).toContain("git's own"))
})

describe('a path is let pass', () => {
  it.each([
    'src/index.ts',
    'src/[...slug].tsx',
    '.github/workflows/ci.yml',
    '.gitignore',
    'a b/\u00fc.ts',
    '-n',
    'git/x',
  ])('%j', (given) => expect(pathSchema.parse(given)).toBe(given))
})

it.each(['node_modules/x', 'a/NODE_MODULES/x', 'node_modules./x', 'n\u200bode_modules'])(
  'knows installed packages: %j',
  (given) => expect(isOfPackages(given)).toBe(true),
)
