// The kinds of agents: what each hands in, when that is refused, and what the list says of all.

import { describe, expect, it } from 'vitest'
import { agentKindSchema, agentKinds, answerJsonSchema, taskKindSchema } from '../../machines/index.ts'

const kinds = agentKindSchema.options
const work = { outcome: 'done', summary: 'All of it.' }
const task = { id: 'a', kind: 'code', title: 'A', instructions: 'Do a.' }
const finding = {
  aspect: 'security',
  severity: 'error',
  file: 'src/a.ts',
  line: 1,
  title: 'a',
  detail: 'b',
}

describe('the list of kinds', () => {
  it('has a prompt, an answer as a JSON schema and positive limits for each', () => {
    for (const kind of kinds) {
      const { prompt, limits } = agentKinds[kind]
      expect(prompt, kind).toMatch(/^You [\s\S]*[^\s]$/)
      expect(answerJsonSchema(kind), kind).toMatchObject({ type: 'object' })
      expect(Math.min(...Object.values(limits)), kind).toBeGreaterThan(0)
    }
  })

  it('lets nobody be helped by its own kind, and helps only those that change files', () => {
    for (const kind of kinds) {
      const { helper, writes, patience, tools } = agentKinds[kind]
      expect(helper, kind).not.toBe(kind)
      if (writes === 'nothing')
        expect({ helper, patience, tools }).toEqual({ helper: null, patience: null, tools: 'reading' })
      else expect(patience, kind).toBeGreaterThan(0)
    }
  })

  it('gives tasks to all kinds but the one that verifies findings', () => {
    expect(kinds.filter((kind) => !taskKindSchema.options.includes(kind as never))).toEqual(['verify'])
  })
})

describe('an answer', () => {
  it.each<[keyof typeof agentKinds, unknown, boolean]>([
    ['code', work, true],
    ['code', { ...work, outcome: 'nothing_to_do' }, false],
    ['debug', { ...work, test: 'test/a.test.js > fails' }, true],
    ['refactor', { ...work, steps: ['rename'] }, true],
    ['plan', { tasks: [task, { ...task, id: 'b', needs: ['a'] }] }, false],
    ['review', { summary: 'Nothing.', findings: [] }, false],
    ['review', { summary: 'One.', findings: [finding] }, false],
    ['verify', { verdict: 'refuted', reason: 'It is checked in b.ts.' }, false],
  ])('of %s is accepted: %j, changed: %s', (kind, answer, changed) => {
    expect(agentKinds[kind].judge(answer, changed)).toMatchObject({ kind: 'accepted' })
  })

  it.each<[keyof typeof agentKinds, unknown, boolean, RegExp]>([
    ['code', work, false, /nothing in the worktree is changed/],
    ['code', { ...work, outcome: 'nothing_to_do' }, true, /the worktree is changed/],
    ['code', { ...work, summary: '  ' }, true, /^summary: /],
    ['code', { ...work, outcome: 'perhaps' }, true, /^outcome: /],
    ['code', null, true, /./],
    ['code', 'done', true, /./],
    ['debug', work, true, /^test: name the test/],
    ['refactor', work, true, /^steps: /],
    ['plan', { tasks: [] }, false, /^tasks: /],
    ['plan', { tasks: [{ ...task, kind: 'review' }] }, false, /^tasks\.0\.kind: /],
    ['plan', { tasks: [{ ...task, files: ['../x'] }] }, false, /^tasks\.0\.files\.0: /],
    ['plan', { tasks: [task, task] }, false, /a/],
    ['plan', { tasks: [{ ...task, needs: ['b'] }] }, false, /b/],
    [
      'plan',
      {
        tasks: [
          { ...task, needs: ['b'] },
          { ...task, id: 'b', needs: ['a'] },
        ],
      },
      false,
      /a.*b|b.*a/,
    ],
    ['review', { summary: 'One.', findings: [{ ...finding, line: 0 }] }, false, /^findings\.0\.line: /],
    ['review', { summary: 'One.', findings: [{ ...finding, file: 'a\u0007.ts' }] }, false, /control/],
    ['verify', { verdict: 'perhaps', reason: 'a' }, false, /^verdict: /],
  ])('of %s is refused: %j, changed: %s', (kind, answer, changed, reason) => {
    const judged = agentKinds[kind].judge(answer, changed)
    expect(judged).toMatchObject({ kind: 'refused' })
    expect(judged.kind === 'refused' && judged.reasons.join('\n')).toMatch(reason)
  })

  it.each([true, false])('that the task cannot be done ends it with the reason, changed: %s', (changed) => {
    const answer = { outcome: 'cannot', summary: 'No such file.' }
    expect(agentKinds.code.judge(answer, changed)).toEqual({ kind: 'cannot', reason: 'No such file.' })
  })
})
