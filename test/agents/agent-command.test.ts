// An agent whose work is done by an agent command: prompts, answers, money, and a death of Canopy in between.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { answerIn } from '../../agents/commands/command-prompts.ts'
import type { CommandResult } from '../../agents/commands/command-result.ts'
import type { CommandOrder } from '../../agents/ports.ts'
import { noUsage, resultsOf } from '../../machines/index.ts'
import { openMemoryStore } from '../../persistence/index.ts'
import { Cord } from '../actors/cord.ts'
import { Office, outputOf } from './office.ts'

const limits = { name: 'played', prompts: 3, tokens: 10_000, microdollars: 300_000, ms: 60_000 }

const offices: Office[] = []
afterEach(async () => {
  for (const office of offices.splice(0)) await office.close()
})

type Result = Partial<CommandResult>
/** What the command does for its `n`th prompt, from 1. */
type Work = (order: CommandOrder, n: number, office: Office) => Result | Promise<Result>

async function officeWith(work: Work, budget: object = {}): Promise<Office> {
  let prompts = 0
  const office: Office = await Office.open({
    script: () => Promise.reject(new Error('no model is asked')),
    store: await openMemoryStore(),
    budget,
    command: {
      limits,
      port: {
        async run(order) {
          prompts += 1
          const base = { text: 'Done.', usage: noUsage, microdollars: 100_000, cost: 'reported' } as const
          return { ...base, ...(await work(order, prompts, office)) }
        },
      },
    },
  })
  offices.push(office)
  return office
}

const change = (office: Office): Promise<void> =>
  writeFile(join(office.folder, 'a.ts'), 'export const a = 2\n')
const factsOf = (office: Office, type: string) =>
  office.facts.flatMap((fact) => (fact.type === 'emitted' && fact.event.type === type ? [fact.event] : []))

describe('an agent command', () => {
  it('hands in the changed files, at the cost that it reports', async () => {
    const office = await officeWith(async (_, __, office) => {
      await change(office)
      return {}
    })
    const output = await office.run()
    expect(output).toMatchObject({ kind: 'submitted', steps: 1, microdollars: 100_000 })
    expect(output).toMatchObject({ answer: { outcome: 'done', summary: 'Done.' } })
    expect(factsOf(office, 'agent.command_began')).toMatchObject([{ by: 'played', prompt: 1, kind: 'code' }])
    expect(factsOf(office, 'agent.command_ended')).toMatchObject([{ by: 'played', cost: 'reported' }])
  })

  it('gets the reasons as its next prompt when what it hands in is refused', async () => {
    const heard: string[] = []
    const office = await officeWith(async ({ turns }, n, office) => {
      heard.push(...resultsOf(turns.at(-1)).map(({ content }) => content))
      if (n === 2) await change(office)
      return { text: n === 1 ? 'All is implemented.' : 'Now it is.' }
    })
    expect(await office.run()).toMatchObject({ kind: 'submitted', steps: 2, microdollars: 200_000 })
    expect(heard).toEqual([expect.stringContaining('nothing in the worktree is changed')])
  })

  it('ends after its prompts', async () => {
    const office = await officeWith((_, n) => ({ text: `Look ${n}.`, microdollars: 10_000 }))
    const output = await office.run()
    expect(output).toMatchObject({ kind: 'capped', reasons: ['prompts: played has had its 3'] })
    expect(output.microdollars).toBe(30_000)
  })

  it('is charged all that it was allowed when its cost is unknown, and told so', async () => {
    const work: Work = ({ allowance: { microdollars } }) => ({ cost: 'unknown', microdollars })
    const office = await officeWith(work, { attempt: { usd: 0.5 } })
    const output = await office.run()
    // A second prompt does not fit into the cap of an attempt.
    expect(output).toMatchObject({ kind: 'capped', microdollars: 300_000, steps: 1 })
    expect(output).toMatchObject({ reasons: [expect.stringContaining('attempt')] })
    expect(factsOf(office, 'agent.command_ended')).toMatchObject([{ cost: 'unknown', microdollars: 300_000 }])
  })

  it('ends the attempt when it fails, and begins again when it only stalled', async () => {
    const failing = await officeWith(() => ({
      failure: { reason: 'ended with exit status 3', again: false },
    }))
    expect(await failing.run()).toMatchObject({
      kind: 'failed',
      reasons: ['played ended with exit status 3'],
      microdollars: 100_000,
    })
    const stalling = await officeWith(async (_, n, office) => {
      if (n === 1) return { failure: { reason: 'was silent', again: true } }
      await change(office)
      return {}
    })
    expect(await stalling.run()).toMatchObject({ kind: 'submitted', microdollars: 200_000 })
  })

  it.each([
    [0.5, { kind: 'capped', microdollars: 300_000 }, 1],
    [1, { kind: 'submitted', microdollars: 400_000 }, 2],
  ])(
    'begins again under another reservation after a death of Canopy: cap of %d usd',
    async (usd, end, started) => {
      let processes = 0
      const cord = new Cord(Number.MAX_SAFE_INTEGER - 1)
      const begun = Promise.withResolvers<void>()
      const office = await officeWith(
        async (_, n, office) => {
          processes = n
          begun.resolve()
          // Pulls the cord: nothing is answered any more.
          if (n === 1) cord.operations = Number.MAX_SAFE_INTEGER
          await change(office)
          return {}
        },
        { attempt: { usd } },
      )
      await office.boot(cord)
      await begun.promise
      office.mail.reconnect()
      const output = await outputOf(await office.boot())
      expect(output).toMatchObject(end)
      expect(processes).toBe(started)
      expect(factsOf(office, 'agent.command_ended')[0]).toMatchObject({
        cost: 'unknown',
        microdollars: 300_000,
        failure: expect.stringContaining('interrupted when Canopy ended'),
      })
    },
  )

  it('answers with the JSON of its last message', async () => {
    expect(answerIn('Done.', 'code')).toEqual({ outcome: 'done', summary: 'Done.' })
    expect(answerIn('', 'code')).toMatchObject({ outcome: 'done' })
    const cannot = { outcome: 'cannot', summary: 'No such API.' }
    expect(answerIn(`I tried.\n\n\`\`\`json\n${JSON.stringify(cannot)}\n\`\`\`\n`, 'code')).toEqual(cannot)
    expect(answerIn(JSON.stringify(cannot, null, 2), 'code')).toEqual(cannot)
    // Some other JSON, such as a file that it shows, is no answer of a writer.
    expect(answerIn('```json\n{"name":"pkg"}\n```\nDone.', 'code')).toMatchObject({ outcome: 'done' })
    const verdict = { verdict: 'refuted', reason: 'It is tested.' }
    expect(answerIn(`Well: \n${JSON.stringify(verdict)}`, 'verify')).toEqual(verdict)
    expect(answerIn('I do not know.', 'verify')).toEqual({})
  })
})
