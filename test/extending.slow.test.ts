// A new gate, kind of agent, tool, protocol and control verb: the files that each needs, in a copy of the project.

import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const project = resolve(import.meta.dirname, '..')
const copy = mkdtempSync(join(tmpdir(), 'canopy-extending-'))

const PRODUCT = /^([^/.]+\/|package\.json$|tsconfig\.json$)(?<!^(docs|bench|test|examples|packaging)\/)/

interface Addition {
  /** Files that are new. */
  readonly files: Readonly<Record<string, string>>
  /** In files that are there: a line, and the line that is put below it. */
  readonly lines: Readonly<Record<string, readonly (readonly [below: string, line: string])[]>>
  /** A module in the copy that exports `shown`, which is true when the addition works. */
  readonly shows: string
}

const additions: Readonly<Record<string, Addition>> = {
  'a gate': {
    files: {
      'gates/shouting.ts': `
import type { Gate } from './gate.ts'
import { verdict } from './verdict.ts'

export const shouting: Gate = {
  name: 'shouting',
  judges: 'submission',
  async judge(_parts, { changes }) {
    return verdict('shouting', changes.filter(({ path }) => path.endsWith('!')).map(({ path }) => path))
  },
}
`,
    },
    lines: {
      'gates/policy.ts': [
        ["import { secrets } from './secrets.ts'", "import { shouting } from './shouting.ts'"],
        ['  substance,', '  shouting,'],
      ],
    },
    shows: `
import { gatesUnder } from './gates/index.ts'
export const shown = (gatesUnder().some(({ name }) => name === 'shouting'))
`,
  },
  'a gate with a limit': {
    files: {
      'gates/name-length.ts': `
import { z } from 'zod'
import { limitedGate } from './gate-setting.ts'
import { verdict } from './verdict.ts'

export const nameLength = limitedGate({
  name: 'names',
  judges: 'submission',
  limits: { characters: z.int().positive() },
  example: '{ characters: 80 }',
  stricter: { characters: 'at_most' },
  policies: { no_compromise: { characters: 40 }, balanced: { characters: 80 }, fast_iteration: false },
  judge: ({ characters }) => async (_parts, { changes }) =>
    verdict('names', changes.filter(({ path }) => path.length > characters).map(({ path }) => path)),
})
`,
    },
    lines: {
      'gates/policy.ts': [
        ["import { mutation } from './mutation.ts'", "import { nameLength } from './name-length.ts'"],
        ['  advisories,', '  nameLength,'],
      ],
    },
    shows: `
import { parseConfigurationFile } from './app/configuration/schema.ts'
import { declaredRule } from './app/configuration/fields.ts'
import { gateLimits, gatesUnder } from './gates/index.ts'
const limits = gateLimits({ policy: 'no_compromise', names: { characters: 30 } })
const rule = declaredRule(['gates', 'names', 'characters'])
parseConfigurationFile('gates: { names: false }', 'canopy.yaml')
export const shown = (gatesUnder().some(({ name }) => name === 'names') && limits.names !== false && limits.names.characters === 30 && rule?.kind === 'stricter')
`,
  },
  'a kind of agent': {
    files: {
      'machines/agent/kinds/translate.ts': `
import { z } from 'zod'
import { defineAgentKind, outcomeProblems, workAnswer, writing } from './define.ts'

export const translate = defineAgentKind({
  ...writing,
  prompt: 'You translate documents.',
  answer: z.object(workAnswer),
  problems: outcomeProblems,
  writes: 'documents',
  helper: 'document',
})
`,
    },
    lines: {
      'machines/agent/agent-kinds.ts': [
        ["import { test } from './kinds/test.ts'", "import { translate } from './kinds/translate.ts'"],
        ['  test,', '  translate,'],
      ],
    },
    shows: `
import { promptOf } from './agents/prompts/prompts.ts'
import { agentKinds, answerJsonSchema, taskKindSchema, type TaskKind } from './machines/index.ts'
const kind: TaskKind = 'translate'
const done = agentKinds[kind].judge({ outcome: 'done', summary: 'All of it.' }, true)
const plans = JSON.stringify(answerJsonSchema('plan')).includes('"translate"')
export const shown = (plans && taskKindSchema.options.includes(kind) && promptOf(kind).startsWith('You translate') && done.kind === 'accepted')
`,
  },
  'a tool': {
    files: {
      'agents/tools/count.ts': `
import { z } from 'zod'
import { defineTool, success } from './tool.ts'

export const count = defineTool({
  name: 'count',
  description: 'Counts the characters of a text.',
  effect: 'reads',
  input: z.strictObject({ text: z.string() }),
  async use(_context, { text }) {
    return success(String(text.length))
  },
})
`,
    },
    lines: {
      'agents/tools/toolbox.ts': [
        ["import { diff } from './diff.ts'", "import { count } from './count.ts'"],
        ['  run,', '  count,'],
      ],
    },
    shows: `
import { openToolbox } from './agents/index.ts'
import { placesIn } from './workspace/places.ts'
const workspace = { parts: { places: placesIn('/nowhere') } } as never
const { tools } = openToolbox(workspace, { milestone: 'm', task: 't', survey: { head: '0'.repeat(40) } as never })
export const shown = (tools.some(({ tool, effect }) => tool.name === 'count' && effect === 'reads'))
`,
  },
  'a protocol of model servers': {
    files: {
      'providers/models/echo.ts': `
import { type ModelProtocol, withVersion } from './model-protocol.ts'

export const echo: ModelProtocol = {
  open: ({ name }) => ({ name, send: () => Promise.reject(new Error('it only repeats')) }),
  baseUrl: withVersion,
}
`,
    },
    lines: {
      'providers/models/protocols.ts': [
        ["import { anthropic } from './anthropic.ts'", "import { echo } from './echo.ts'"],
        ['  anthropic,', '  echo,'],
      ],
    },
    shows: `
import { modelsSettingsSchema, openModel } from './providers/index.ts'
const said = { providers: [{ name: 'parrot', protocol: 'echo', 'base-url': 'http://127.0.0.1:1/v1' }] }
const place = { name: 'parrot/one', protocol: 'echo', baseUrl: 'http://127.0.0.1:1/v1', stream: true, key: () => undefined } as const
export const shown = (modelsSettingsSchema.safeParse(said).success && openModel(place).name === 'parrot/one')
`,
  },
  'a control verb': {
    files: {
      'app/status/age-verb.ts': `
import { z } from 'zod'
import { defineVerb } from '../control/control-verb.ts'

export const ageVerb = defineVerb({
  name: 'age',
  class: 'look',
  input: z.strictObject({}),
  answer: async (_input, { about }: { readonly about: { readonly since: number } }) => Date.now() - about.since,
})
`,
    },
    lines: {
      'app/run/run-verbs.ts': [
        [
          "import { nodesVerb } from '../nodes/nodes-verb.ts'",
          "import { ageVerb } from '../status/age-verb.ts'",
        ],
        ['  backupVerb,', '  ageVerb,'],
      ],
    },
    shows: `
import { verbHandlers } from './app/control/control-verb.ts'
import { runVerbs } from './app/run/run-verbs.ts'
import { changesSomething } from './transport/index.ts'
const parts = { about: { since: Date.now(), workers: 1, build: 'b' } } as never
const reply = await verbHandlers(runVerbs, parts)['look.*']?.({}, 'age')
export const shown = (reply?.ok === true && Number(reply.value) >= 0 && !changesSomething('look'))
`,
  },
}

beforeAll(() => {
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: project, encoding: 'utf8' }).split('\0')
  for (const path of tracked.filter((each) => PRODUCT.test(each))) {
    mkdirSync(join(copy, dirname(path)), { recursive: true })
    cpSync(join(project, path), join(copy, path))
  }
  symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'))
  for (const { files, lines } of Object.values(additions)) {
    for (const [path, text] of Object.entries(files)) writeFileSync(join(copy, path), text.trimStart())
    for (const [path, edits] of Object.entries(lines)) {
      const before = readFileSync(join(copy, path), 'utf8')
      const after = edits.reduce((text, [line, more]) => below(path, text, line, more), before)
      writeFileSync(join(copy, path), after)
    }
  }
})
afterAll(() => rmSync(copy, { recursive: true, force: true }))

function below(path: string, text: string, line: string, more: string): string {
  expect(text, `${path} has no line ${line}`).toContain(`${line}\n`)
  return text.replace(`${line}\n`, `${line}\n${more}\n`)
}

describe('what is added', () => {
  // In a list, an entry has its line of import.
  it.each([
    ['a gate', 1, 1],
    ['a gate with a limit', 1, 1],
    ['a kind of agent', 1, 1],
    ['a tool', 1, 1],
    ['a protocol of model servers', 1, 1],
    ['a control verb', 1, 1],
  ])('%s is %i new file and an entry in %i', (what, newFiles, lists) => {
    const { files, lines } = additions[what] as Addition
    const entries = Object.values(lines).map((edits) =>
      edits.filter(([, line]) => !line.startsWith('import')),
    )
    expect(Object.keys(files)).toHaveLength(newFiles)
    expect(entries.map((one) => one.length)).toEqual(Array(lists).fill(1))
  })

  it('works', () => {
    const names = Object.keys(additions)
    for (const [at, { shows }] of Object.values(additions).entries())
      writeFileSync(join(copy, `shows-${at}.ts`), shows)
    const all = names.map((_, at) => `(await import('./shows-${at}.ts')).shown`)
    writeFileSync(join(copy, 'shows.ts'), `console.log(JSON.stringify([${all.join(', ')}]))`)
    const { stdout, stderr } = spawnSync(process.execPath, ['shows.ts'], { cwd: copy, encoding: 'utf8' })
    expect({ shown: stdout.trim(), stderr }).toEqual({
      shown: JSON.stringify(names.map(() => true)),
      stderr: '',
    })
  })

  it('compiles with all the rest', () => {
    const settings = JSON.parse(readFileSync(join(copy, 'tsconfig.json'), 'utf8')) as { include: string[] }
    const include = settings.include.filter((room) => existsSync(join(copy, room)))
    writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify({ ...settings, include }))
    const tsc = join(project, 'node_modules/typescript/bin/tsc')
    const { stdout, status } = spawnSync(process.execPath, [tsc, '--noEmit'], { cwd: copy, encoding: 'utf8' })
    expect({ stdout, status }).toEqual({ stdout: '', status: 0 })
  })
})
