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

  it('that throws something else throws that, and a text without secrets', async () => {
    const thrown = async (reason: unknown) =>
      (await carriedOut(() => Promise.reject(reason)))({}).catch((each: unknown) => each)
    expect(await thrown('stop')).toBe('stop')
    expect(await thrown(undefined)).toBe(undefined)
    expect(await thrown(`stop ${SECRET}`)).toBe('stop [removed]')
  })

  it.each(['AbortError', 'TimeoutError'])(
    'fails with an %s of the platform as it was thrown',
    async (name) => {
      const reason = new DOMException(`the call with ${SECRET} was ended`, name)
      const run = await carriedOut(() => Promise.reject(reason))
      const error = await run({}).catch((each: unknown) => each)
      expect(error).toBe(reason)
      expect(error).toMatchObject({ name, message: 'the call with [removed] was ended' })
    },
  )

  it('fails with the reason of its signal when that ended it', async () => {
    const run = await carriedOut(async () => AbortSignal.abort().throwIfAborted())
    expect(await run({}).catch((each: unknown) => each)).toMatchObject({ name: 'AbortError' })
  })

  it('fails without secrets in the stack and in the causes, also when these form a circle', async () => {
    const cause = new Error(`cause ${SECRET}`)
    const error = new Error(`no: ${SECRET}`, { cause })
    cause.cause = error
    const run = await carriedOut(() => Promise.reject(error))
    expect(await run({}).catch((each: unknown) => each)).toBe(error)
    for (const each of [error, cause]) {
      expect(`${each.message} ${each.stack}`).not.toContain(SECRET)
      expect(each.stack).toContain('[removed]')
      expect(Object.keys(each)).not.toContain('message')
    }
  })

  it('that surveyed leaves modules out whose path holds a secret', async () => {
    const modules = ['src/a.ts', `src/${SECRET}.ts`]
    const run = await carriedOut(async () => ({ kind: 'surveyed', survey: { modules, head: 'c0' } }))
    expect(await run({})).toEqual({ kind: 'surveyed', survey: { modules: ['src/a.ts'], head: 'c0' } })
  })
})

describe('a secret in an output', () => {
  const odd = 'P+q/r=s&t"u<v>é\\w (~1!2)'
  const json = JSON.stringify(odd).slice(1, -1)
  const forms: readonly (readonly [string, string])[] = [
    ['plain', odd],
    ['escaped for JSON', json],
    ['escaped for JSON twice', JSON.stringify(json).slice(1, -1)],
    ['as a part of a URL', encodeURIComponent(odd)],
    [
      'as a part of a URL with small digits',
      encodeURIComponent(odd).replace(/%../g, (each) => each.toLowerCase()),
    ],
    ['as a field of a form', new URLSearchParams({ a: odd }).toString().slice(2)],
    ['in base64', Buffer.from(odd).toString('base64')],
    ['in base64 for URLs', Buffer.from(odd).toString('base64url')],
    ['in base64 behind a name', Buffer.from(`user:${odd}`).toString('base64')],
    ['in base64 behind one letter', Buffer.from(`:${odd}`).toString('base64')],
    ['in base64 before other text', Buffer.from(`${odd}\nother`).toString('base64')],
    ['in hex', Buffer.from(odd).toString('hex')],
    ['in hex of capitals', Buffer.from(odd).toString('hex').toUpperCase()],
    [
      'in HTML',
      odd.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
    ],
  ]
  const own = createRedactor([odd])
  const carried = (output: unknown) =>
    (
      redactingOutputs({ run: async () => output } as never, own as never)['run' as never] as unknown as (
        call: object,
      ) => Promise<unknown>
    )({})

  it.each(forms)('is removed %s', async (_, form) => {
    const text = String((await carried([`before ${form} after`]))?.toString())
    expect(text).toContain('[removed]')
    expect(text).not.toContain(form)
    expect(text).toMatch(/^before .*after$/)
  })

  it.each([
    ['a field', (text: string) => ({ a: text })],
    ['a list in a list', (text: string) => [[text]]],
    ['a name of a field', (text: string) => ({ [text]: true })],
    ['forty levels down', (text: string) => Array.from({ length: 40 }).reduce((inner) => ({ inner }), text)],
    ['many places at once', (text: string) => Array.from({ length: 20 }, () => `${text}${text}`)],
    ['an opaque block', (text: string) => ({ type: 'opaque', block: { signature: `x${text}x` } })],
  ])('is removed from %s', async (_, place) => {
    const output = JSON.stringify(await carried(place(odd)))
    expect(output).toContain('[removed]')
    expect(output).not.toContain(json)
  })

  it('leaves what only resembles it: a part, another case, a longer word around it', async () => {
    const parts = [odd.slice(1), odd.slice(0, -1), odd.toUpperCase(), 'token = read()']
    expect(await carried(parts)).toEqual(parts)
  })

  it('leaves numbers, booleans, null and absent fields as they are', async () => {
    const output = { n: 1, yes: true, none: null, absent: undefined, list: [] }
    expect(await carried(output)).toEqual(output)
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
    mkdirSync(join(repository, 'api'))
    writeFileSync(join(repository, 'api/.env.test'), `DB_PASSWORD=from-a-brought-file-1\n`)
    const models = { models: [{ key: () => 'key-of-a-model-1' }], inUse: {} } as never
    const found = await secretsOf({
      env: { API_TOKEN: 'from-the-env-1', EDITOR: 'not-secret-at-all' },
      repository,
      models,
      commands: { bring: ['api/.env.test'] },
    })
    const expected = ['from-the-env-1', 'from-the-file-1', 'from-a-brought-file-1', 'key-of-a-model-1']
    expect(found).toEqual(expect.arrayContaining(expected))
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
