// Secrets gate
//
// The gate `secrets`: a change brings no key, token or password into the history. Secrets that the tip already has do
// not count.
//
// A finding names the rule and the place, and never the secret.

import type { FileChange } from '../machines/index.ts'
import { optionalGate } from './gate-setting.ts'
import { verdict } from './verdict.ts'

export const secrets = optionalGate({
  name: 'secrets',
  judges: 'submission',
  first: true,
  async judge(_parts, subject) {
    const files = await subject.files()
    return verdict('secrets', (await Promise.all(files.map(secretsIn))).flat())
  },
})

export async function secretsIn({ path, before, after }: FileChange): Promise<string[]> {
  if (after === undefined || after === before) return []
  const [was, is] = await Promise.all([scan(path, before ?? ''), scan(path, after)])
  const known = new Set(was.map(({ what }) => what))
  return is.filter(({ what }) => !known.has(what)).map(({ line, rule }) => `${path}:${line}: ${rule}`)
}

interface Secret {
  readonly line: number
  readonly rule: string
  /** Compares secrets of tip and submission; never printed. */
  readonly what: string
}

async function scan(path: string, content: string): Promise<Secret[]> {
  if (content.trim() === '') return []
  const { lintSource, config } = await scanner()
  const name = path.split('/').at(-1) ?? path
  const ext = /\.[^.]+$/.exec(name)?.[0] ?? ''
  const source = { filePath: path, content, contentType: 'text', ext } as const
  const { messages } = await lintSource({ source, options: { config, noPhysicFilePath: true } })
  return messages.map(({ loc, range, ruleId, messageId }) => ({
    line: loc.start.line,
    rule: `${ruleId.split('/').at(-1)}: ${messageId}`,
    what: content.slice(...range),
  }))
}

type Scanner = Awaited<ReturnType<typeof load>>
let loaded: Promise<Scanner> | undefined

/** Loaded at first use: most runs never need it. */
function scanner(): Promise<Scanner> {
  loaded ??= load()
  return loaded
}

async function load() {
  const [{ lintSource }, { creator }] = await Promise.all([
    import('@secretlint/core'),
    import('@secretlint/secretlint-rule-preset-recommend'),
  ])
  const config = { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator }] }
  return { lintSource, config }
}
