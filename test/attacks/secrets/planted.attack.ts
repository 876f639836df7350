// Secrets are planted wherever a run could meet one; a model prints them in every way it can and a hostile server repeats
// the key it was asked with. The whole system runs once; then everything that it kept, showed and asked is searched.

import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { openStore } from '../../../persistence/index.ts'
import { plan, shell, stepOf, wants } from '../../adversaries/players.ts'
import { Canopy, git, plainRepository } from '../../e2e/canopy.ts'
import { type Asked, type Served, startModelServer } from '../../model-servers/index.ts'
import { type Attack, type AttackResult, couldNotRun, refused, succeeded } from '../attack.ts'

const KEY = 'planted+key/of"the\\model"=51c9e2'
const IN_ENVIRONMENT = 'planted-environment-77ab03'
const IN_FILE = 'planted&file "value"/99f1d4=='
const IN_NAME = 'planted-name-4d1f77aa'
const IN_ADDRESS = 'plantedInAnAddress'
const SECRETS = { KEY, IN_ENVIRONMENT, IN_FILE, IN_NAME, IN_ADDRESS }

/** Prints a secret in each way that a text is written. */
const PRINT = [
  'cat .env',
  'base64 -w0 .env; echo; base64 .env; od -An -v -tx1 -w4096 .env; iconv -t UTF-16LE .env',
  `node -e 'const t = process.loadEnvFile(".env") ?? process.env.SERVICE_TOKEN; console.log(JSON.stringify({ t }), JSON.stringify(JSON.stringify(t)), encodeURIComponent(t), Buffer.from(t).toString("hex"), Buffer.from("x" + t).toString("base64"), Buffer.from("xy" + t).toString("base64url"))'`,
  'env; ls src',
].join('; ')

function decide(asked: Asked): Served {
  const echo = `You asked with ${KEY}, which is ${Buffer.from(KEY).toString('base64')} and ${encodeURIComponent(KEY)}.`
  if (wants(asked, 'tasks')) return { ...plan(), text: echo }
  const calls = [shell(PRINT), { name: 'note', input: { text: `${echo} ${JSON.stringify(KEY)}` } }]
  const end = { name: 'submit', input: { outcome: 'cannot', summary: `I cannot: ${echo}` } }
  return { text: echo, calls: [calls[stepOf(asked.turns)] ?? end] }
}

export const attack: Attack = {
  title:
    'A model and its server repeat planted secrets in every way; they are looked for in all that a run leaves',
  async play() {
    const root = await mkdtemp(join(tmpdir(), 'canopy-planted-'))
    const repository = await plantedRepository()
    try {
      await using server = await startModelServer({ decide, key: KEY })
      const config = join(root, 'config.yaml')
      await writeFile(config, configuration(server.baseUrl('openai-chat')), { mode: 0o600 })
      const data = join(root, 'data')
      const where = ['--repo', repository, '--data', data, '--config', config]
      const run = new Canopy(['run', ...where, '--json', '--allow-dirty'], [], {
        PLANTED_KEY: KEY,
        DEPLOY_TOKEN: IN_ENVIRONMENT,
      })
      await run.ended
      // Opening the store makes files anew.
      const readable = await readableByOthers(data)
      const texts = new Map([
        ['the output', JSON.stringify(run.lines)],
        ['the error output', run.error],
        ['what the model was asked', JSON.stringify(server.requests.map(({ body }) => body))],
        ...(await textsOf(data)),
      ])
      const conversations = texts.get('the store') ?? ''
      if (!conversations.includes('I cannot') || !conversations.includes('shade1'))
        return couldNotRun(`the run did not come so far: ${JSON.stringify(run.lines.at(-1))} ${run.error}`)
      return judged(texts, readable)
    } finally {
      await rm(root, { recursive: true, force: true })
      await rm(repository, { recursive: true, force: true })
    }
  },
}

async function plantedRepository(): Promise<string> {
  const repository = await plainRepository(1)
  const settings = [
    `SERVICE_TOKEN='${IN_FILE}'`,
    `NAME_SECRET=${IN_NAME}`,
    `DATABASE_URL=postgres://app:${IN_ADDRESS}@db/x`,
  ]
  await writeFile(join(repository, '.env'), `${settings.join('\n')}\n`)
  await writeFile(
    join(repository, 'src', `${IN_NAME}.ts`),
    'export const named = (n: number) => (n > 1 ? 1 : 2)\n',
  )
  await git(repository, 'add', '--all')
  await git(repository, 'commit', '--quiet', '--message=Planted')
  return repository
}

function configuration(url: string): string {
  const model = 'played/model'
  return JSON.stringify({
    milestones: [{ id: 'm', name: 'Something', goal: { outcome: 'Something in src/shade1.ts' } }],
    workers: 1,
    gates: { review: false },
    models: {
      providers: [{ name: 'played', protocol: 'openai-chat', 'base-url': url, 'key-env': 'PLANTED_KEY' }],
      models: [
        {
          name: model,
          price: { input: 1, output: 1, 'as-of': '2026-11-22' },
          window: 100_000,
          'max-output': 8_000,
        },
      ],
      roles: { planning: [model], coding: [model], cheap: [model] },
    },
    budget: { run: { usd: 1 } },
  })
}

/** What is kept below the data directory, but for checkouts of the repository: that has its own files. */
async function textsOf(data: string): Promise<[name: string, text: string][]> {
  const rows: string[] = []
  const store = await openStore({ directory: join(data, 'runs', '1', 'store') })
  for await (const row of store.snapshot()) rows.push(row.join(' '))
  await store.close()
  const found: [string, string][] = [['the store', rows.join('\n')]]
  for (const { path, bytes } of await filesBelow(data)) {
    const text = path.endsWith('.gz') ? gunzipSync(bytes).toString('latin1') : bytes.toString('latin1')
    found.push([path.slice(data.length + 1), text])
  }
  return found
}

async function filesBelow(data: string): Promise<{ path: string; bytes: Buffer }[]> {
  const entries = await readdir(data, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const own = files.filter((path) => !/\/(work|dependencies|sample)\//.test(path.slice(data.length)))
  return Promise.all(own.map(async (path) => ({ path, bytes: await readFile(path) })))
}

async function readableByOthers(data: string): Promise<string[]> {
  const found: string[] = []
  for (const { path } of await filesBelow(data)) {
    if (((await stat(path)).mode & 0o077) !== 0) found.push(path.slice(data.length + 1))
  }
  return found
}

function judged(texts: ReadonlyMap<string, string>, readable: readonly string[]): AttackResult {
  for (const [where, text] of texts) {
    for (const [name, secret] of Object.entries(SECRETS)) {
      const form = formsOf(secret).find((each) => text.includes(each))
      if (form !== undefined) return succeeded(`${name} is in ${where}, as ${form}`)
    }
  }
  if (readable.length > 0) return succeeded(`others may read ${readable.join(', ')}`)
  return refused(`no secret is in ${texts.size} texts, and no file of Canopy's can be read by others`)
}

function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1)
  const base64 = [0, 1, 2].map((offset) => {
    const whole = Buffer.concat([Buffer.alloc(offset, 'x'), Buffer.from(secret)]).toString('base64')
    return whole.replaceAll('=', '').slice(offset === 0 ? 0 : 4, -3)
  })
  return [
    secret,
    json,
    JSON.stringify(json).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('hex'),
    Buffer.from(secret)
      .toString('hex')
      .replace(/(..)(?=.)/g, '$1 '),
    [...secret].join('\0'),
    [...secret].join('\\u0000'),
    ...base64,
  ]
}
