import { expect, it } from 'vitest'
import { released } from '../../packaging/released.ts'

const day = new Date('2026-03-04T23:00:00Z')

it('gives the unreleased entries a version and a day, and leaves the heading for the next ones', () => {
  const text = '# Changelog\n\n## Unreleased\n\n- New.\n\n## 0.1.0\n\n- Old.\n'
  expect(released(text, '0.2.0', day)).toBe(
    '# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-03-04)\n\n- New.\n\n## 0.1.0\n\n- Old.\n',
  )
})

it.each([
  ['# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- Old.\n', '0.2.0', 'no entries'],
  ['# Changelog\n\n## 0.1.0\n\n- Old.\n', '0.2.0', 'no entries'],
  ['## Unreleased\n\n- New.\n', '', 'no version'],
])('refuses %j with version %j: %s', (text, version, reason) => {
  expect(() => released(text, version, day)).toThrow(reason)
})
