import pc from 'picocolors'
import { describe, expect, it } from 'vitest'
import { exitCodeOf } from '../../cli/exit-codes.ts'
import { reportLines } from '../../cli/report.ts'
import type { RunReport } from '../../machines/index.ts'
import { report } from './run-facts.ts'

const frame = { repository: '/home/me/library', restarts: 1, seconds: 187 }

function text(of: RunReport, repository = frame.repository): string {
  return reportLines(of, { ...frame, repository }, pc.createColors(false)).join('\n')
}

describe('the report', () => {
  it('tells coverage by module, tasks, commits, restarts, time, what was given up, and where to look', () => {
    expect(text(report)).toMatchInlineSnapshot(`
      "Goal not reached, 60.0% of branches are tested
        nothing gains any more

        branches tested    before     after   gained
        src/dates.ts        30.0%    100.0%    +70.0
        src/text.ts         10.0%     10.0%
        all                 20.0%     60.0%    +40.0

        tasks     1 done, 1 given up
        commits   1 on branch canopy/branch-coverage-90
        restarts  1
        time      3m 07s

      Given up
        src/text.ts (r1-src-text): the tests failed
          twice

      Look at it
        git -C /home/me/library log --oneline HEAD..canopy/branch-coverage-90
        git -C /home/me/library diff HEAD...canopy/branch-coverage-90
        git -C /home/me/library merge canopy/branch-coverage-90"
    `)
  })

  it('gives commands that a shell takes, whatever the path', () => {
    expect(text(report, "/home/me/it's mine")).toContain("git -C '/home/me/it'\\''s mine' log --oneline")
  })

  it('lists the milestones when there are several', () => {
    const [first] = report.milestones
    const two = [first, { ...first, milestone: 'all', status: 'skipped' as const, reasons: ['it needs "x"'] }]
    const told = text({ ...report, milestones: two as RunReport['milestones'] })
    expect(told).toMatch(/branch-coverage-90 {2}not reached {2}60\.0% of 90%/)
    expect(told).toMatch(/all {17}skipped {6}60\.0% of 90% \(it needs "x"\)/)
  })

  it('of a refusal is the reason and nothing else that matters', () => {
    const refused: RunReport = {
      ...report,
      status: 'refused',
      reasons: ['two tests fail before any work'],
      branch: null,
      milestones: [],
      commits: [],
      coverage: null,
      failures: [],
    }
    expect(text(refused)).toContain('two tests fail before any work')
    expect(text(refused)).not.toContain('git')
  })

  it('tells each reason in a line of its own, without the frames of stacks', () => {
    const stack = 'test failed: boom\n    at load (node:internal/modules:1:2)\n    at async x.js:3:4'
    const refused: RunReport = { ...report, status: 'refused', reasons: ['not yours:\n- a: git\n- b: url'] }
    expect(text(refused).split('\n').slice(0, 4)).toEqual([
      'A run cannot work on this repository yet',
      '  not yours:',
      '  - a: git',
      '  - b: url',
    ])
    const failure = { milestone: 'm', task: 't', module: 'src/a.ts', reasons: [stack, 'lint: two'] }
    const given = text({ ...report, failures: [failure] }).split('\n')
    const at = given.indexOf('Given up')
    expect(given.slice(at, at + 3)).toEqual([
      'Given up',
      '  src/a.ts (t): test failed: boom',
      '    lint: two',
    ])
  })

  it.each([
    ['reached', 0],
    ['not_reached', 1],
    ['not_delivered', 3],
    ['refused', 2],
  ] as const)('%s exits with %i', (status, code) => {
    expect(exitCodeOf({ ...report, status })).toBe(code)
  })
})
