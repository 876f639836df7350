// Secrets of a run: they leave neither in what invocations return, nor in turns, nor in what a run prints.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { redactingOutputs, redactingQuestions, redactingTurns } from '../../../app/redaction/redacting.ts'
import { secretsOf } from '../../../app/redaction/secrets.ts'
import { openLoggedOutput } from '../../../app/run/logged-output.ts'
import type { RunOutput } from '../../../app/run/output.ts'
import type { RunSettings } from '../../../app/settings/settings.ts'
import { createRedactor, type RunFact } from '../../../machines/index.ts'
import { scratch } from '../../cli/scratch.ts'

const SECRET = 'zq81-Secret-value-77'
const redactor = createRedactor([SECRET])

describe('an invocation', () => {
  const carriedOut = async (work: () => Promise<unknown>) =>
    redactingOutputs({ run: work } as never, redactor as never)['run' as never] as unknown as (
      call: object,
    ) => Promise<unknown>

  it('returns its output without secrets, in names of fields too', async () => {
    const run = await carriedOut(async () => ({ [SECRET]: [`a ${SECRET}`], n: 1 }))
    const output = await run({})
    expect(JSON.stringify(output)).not.toContain(SECRET)
    expect(output).toMatchObject({ n: 1 })
  })

  it('fails with its own error, without secrets in its message', async () => {
    class Own extends Error {}
    const run = await carriedOut(() => Promise.reject(new Own(`no: ${SECRET}`)))
    const error = await run({}).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Own)
    expect((error as Error).message).toMatch(/^no: /)
    expect((error as Error).message).not.toContain(SECRET)
  })

  it('that throws something else throws that', async () => {
    const run = await carriedOut(() => Promise.reject('stop'))
    expect(await run({}).catch((thrown: unknown) => thrown)).toBe('stop')
  })

  it('that surveyed leaves modules out whose path holds a secret', async () => {
    const modules = ['src/a.ts', `src/${SECRET}.ts`]
    const run = await carriedOut(async () => ({ kind: 'surveyed', survey: { modules, head: 'c0' } }))
    expect(await run({})).toEqual({ kind: 'surveyed', survey: { modules: ['src/a.ts'], head: 'c0' } })
  })
})

it('a turn is kept without secrets', async () => {
  const kept: unknown[] = []
  const transcripts = { appendTurn: async (_: unknown, turn: unknown) => kept.push(turn) } as never
  const turn = { role: 'user', blocks: [{ type: 'text', text: SECRET }] } as never
  await redactingTurns(transcripts, redactor).appendTurn(null, turn)
  expect(JSON.stringify(kept)).not.toContain(SECRET)
})

it('a question is asked without secrets, and otherwise as it was', async () => {
  const asked: unknown[] = []
  const ask = redactingQuestions((async (question: unknown) => asked.push(question)) as never, redactor)
  await ask({ key: 'k', request: { system: `use ${SECRET}` } } as never)
  expect(asked).toMatchObject([{ key: 'k' }])
  expect(JSON.stringify(asked)).not.toContain(SECRET)
})

describe('the secrets of a run', () => {
  it('come from the environment, from .env files and from the keys of models', async () => {
    const repository = scratch()
    writeFileSync(join(repository, '.env'), `DB_PASSWORD=from-the-file-1\nNAME=plain\n`)
    const models = { models: [{ key: () => 'key-of-a-model-1' }], inUse: {} } as never
    const found = await secretsOf({
      env: { API_TOKEN: 'from-the-env-1', EDITOR: 'not-secret-at-all' },
      repository,
      models,
    })
    expect(found).toEqual(expect.arrayContaining(['from-the-env-1', 'from-the-file-1', 'key-of-a-model-1']))
    expect(found).not.toContain('not-secret-at-all')
  })
})

describe('what a run prints', () => {
  async function opened(own: Partial<RunOutput> = {}) {
    const repository = scratch()
    mkdirSync(join(repository, '.git'))
    const dataDirectory = scratch()
    const told: unknown[] = []
    const output: RunOutput = {
      telemetry: (fact) => told.push(fact),
      notice: (sentence) => told.push(sentence),
      finish: () => told.push('finish'),
      close: () => told.push('close'),
      ...own,
    }
    const settings = { repository, dataDirectory } as unknown as RunSettings
    const logged = await openLoggedOutput(settings, output, { API_TOKEN: SECRET })
    const log = () => {
      logged.close()
      return readFileSync(logged.log.file, 'utf8')
    }
    return { logged, told, log }
  }
  const fact = { type: 'letter.dead', to: 'a', reason: 'poison', event: SECRET } as unknown as RunFact

  it('is logged and shown, both without secrets', async () => {
    const { logged, told, log } = await opened()
    logged.output.telemetry(fact)
    logged.output.notice(`hello ${SECRET}`)
    expect(told).toHaveLength(2)
    const text = log()
    expect(text).toContain('letter.dead')
    expect(text).toContain('hello')
    expect(`${text}${JSON.stringify(told)}`).not.toContain(SECRET)
  })

  it('goes on when it cannot be shown: the log says why', async () => {
    const broken = () => {
      throw new Error('EPIPE')
    }
    const { logged, log } = await opened({ telemetry: broken, notice: broken })
    logged.output.telemetry(fact)
    logged.output.notice('hello')
    expect(log().match(/the progress cannot be shown/g)).toHaveLength(2)
  })

  it('may be closed twice, and takes nothing afterwards', async () => {
    const { logged, told, log } = await opened()
    const before = log()
    logged.close()
    logged.output.telemetry(fact)
    expect(readFileSync(logged.log.file, 'utf8')).toBe(before)
    expect(told.filter((each) => each === 'close').length).toBeGreaterThan(0)
  })
})
