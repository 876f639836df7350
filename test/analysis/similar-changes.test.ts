// Earlier changes that are like a task: by the words of their messages.

import { describe, expect, it } from 'vitest'
import { similarChanges } from '../../analysis/index.ts'

const change = (message: string, ...files: string[]) => ({ message, files })
const HISTORY = [
  change('mail: retry a message that was refused', 'src/mail/queue.ts'),
  change('Parse the cookie header\n\nValues in quotes lost their last letter.', 'src/cookies.ts'),
  change('Sum the rows of invoices', 'src/invoice.ts'),
  change('Release 1.0', 'CHANGELOG.md'),
]

describe('the changes that are like a task', () => {
  it.each([
    ['a word of the title', 'Invoice with no rows', 'src/invoice.ts'],
    ['a word of the message', 'keep the quotes of a value', 'src/cookies.ts'],
    ['another form of a word', 'messages that are retried too early', 'src/mail/queue.ts'],
  ])('are found by %s', (_, task, file) => {
    expect(similarChanges(task, HISTORY)[0]?.files).toEqual([file])
  })

  it('share a word with it, and are at most 5', () => {
    expect(similarChanges('cookie', HISTORY)).toEqual([HISTORY[1]])
    expect(similarChanges('a kitchen in the house', HISTORY)).toEqual([])
    expect(similarChanges('', HISTORY)).toEqual([])
    expect(similarChanges('cookie', [])).toEqual([])
    const many = Array.from({ length: 9 }, (_, at) => change(`cookie ${'x'.repeat(at + 2)}`, 'a.ts'))
    expect(similarChanges('cookie', many)).toHaveLength(5)
  })
})
