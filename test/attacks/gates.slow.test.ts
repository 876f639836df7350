// Attacks on the gates, and that they are no wall: honest work is merged, and the plain bug is refused for what it does.

import { describe, expect, it } from 'vitest'
import { judge, REPORT, wrongWhen } from './gates/judged.ts'
import { playGroup } from './play-group.ts'

await playGroup('gates')

describe('without a cheat', () => {
  it('merges honest work', async () => {
    const files = {
      'src/money.ts': wrongWhen('false', '// Adds up the lines of an order.\n'),
      'src/vat.ts': 'export const withVat = (price: number) => price * 2\n',
      'test/vat.test.ts': `import assert from 'node:assert/strict'
import { it } from 'node:test'
import { withVat } from '../src/vat.ts'
it('adds it', () => assert.equal(withVat(2), 4))
`,
    }
    expect(await judge({ title: 'honest', files })).toMatchObject({ kind: 'merged' })
  })

  it('merges honest work that a test can see only beside it', async () => {
    const files = { 'src/report.ts': `// Says it.\n${REPORT}` }
    const { kind, verdicts } = await judge({ title: 'honest', runner: 'vitest', files })
    expect({ kind, verdicts }).toMatchObject({ kind: 'merged' })
  })

  it('refuses the same bug when it does not hide', async () => {
    const { kind, verdicts } = await judge({ title: 'bug', files: { 'src/money.ts': wrongWhen('true') } })
    expect(kind).toBe('rejected')
    const failed = verdicts.filter((one) => one.kind === 'failed').map(({ gate }) => gate)
    expect(failed).toEqual(['regression'])
  })
})
