// Crew: a small repository with a goal in words, and who plays the model for it: a plan of four tasks, of which one is
// sent back once, one reads until its conversation is made shorter, and one needs another. Each looks around first, so
// that what was merged before it is part of its conversation.

import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { callsOf } from '../../machines/index.ts'
import type { Asked, Decide, Served, ServedCall } from '../model-servers/index.ts'
import { git, plainRepository } from './canopy.ts'

export const MILESTONE = 'words'
/** Of the model that codes: small enough that reading a few files fills it. */
const WINDOW = 24_000

/** A repository for words, with something in it that nobody committed. */
export async function crewRepository(): Promise<string> {
  const root = await plainRepository(1)
  await rm(join(root, 'src/shade1.ts'))
  await rm(join(root, 'test/first.test.ts'))
  await writeFile(join(root, 'src/first.ts'), 'export const first = 1\n')
  await writeFile(join(root, 'test/first.test.ts'), testOf('first', 'first', '1'))
  await mkdir(join(root, 'notes'))
  for (const note of NOTES) await writeFile(join(root, note), `${note}: what is long.\n`.repeat(300))
  await git(root, 'add', '--all')
  await git(root, 'commit', '--quiet', '--message=Words are wanted')
  await writeFile(join(root, 'canopy.yaml'), 'workers: 2\n')
  return root
}

/** The user's own configuration, which asks for words, with the models at this address and what agents are granted. */
export function crewConfiguration(modelUrl: string, granted: object = {}): string {
  const price = { input: 2, output: 10, 'as-of': '2026-11-22' }
  const model = { price, 'max-output': 4_000 }
  return JSON.stringify({
    milestones: [{ id: MILESTONE, name: 'Words', goal: { outcome: 'Words.', accept: ['node --test'] } }],
    gates: { policy: 'fast_iteration', coverage: false, lint: false, types: false },
    ...granted,
    models: {
      providers: [{ name: 'played', protocol: 'anthropic', 'base-url': modelUrl }],
      models: [
        { name: 'played/planner', window: 200_000, ...model },
        { name: 'played/coder', window: WINDOW, ...model },
      ],
      roles: { planning: ['played/planner'], coding: ['played/coder'], cheap: ['played/planner'] },
    },
  })
}

const NOTES = [
  'notes/one.md',
  'notes/two.md',
  'notes/three.md',
  'notes/four.md',
  'notes/five.md',
  'notes/six.md',
]

const NEEDS: Readonly<Record<string, readonly string[]>> = {
  alpha: [],
  beta: [],
  gamma: [],
  delta: ['alpha'],
}

function testOf(word: string, name: string, value: string): string {
  return `import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ${name} } from '../src/${word}.ts'
it('knows ${word}', () => assert.equal(${name}, ${value}))
`
}

const write = (path: string, content: string): ServedCall => ({ name: 'write', input: { path, content } })
const read = (path: string): ServedCall => ({ name: 'read', input: { path } })
const addSource = (word: string): ServedCall =>
  write(`src/${word}.ts`, `export const ${word} = '${word}'.toUpperCase()\n`)
const addTest = (word: string, value: string): ServedCall =>
  write(`test/${word}.test.ts`, testOf(word, word, `'${value}'`))
const look: ServedCall = { name: 'list', input: { folder: 'src' } }
const runTests: ServedCall = { name: 'run', input: { command: 'tests' } }
const done: ServedCall = { name: 'submit', input: { outcome: 'done', summary: 'It is there.' } }

/** What the user may grant besides: the task `delta` calls it. */
const GRANTED: readonly ServedCall[] = [
  { name: 'mcp__notes__sees', input: { path: '/' } },
  { name: 'skill', input: { name: 'words' } },
]

/** Plays them all; the first that was planned has no answer until all that it could be merged before is handed in. */
export function playCrew(): Decide {
  const others = Promise.withResolvers<void>()
  const handedIn = new Set<string>()
  return async (asked) => {
    const properties = submitOf(asked)
    if (asked.tools.length === 0) return { text: 'It read three notes.' }
    if ('tasks' in properties) return plan()
    if ('findings' in properties)
      return { calls: [{ name: 'submit', input: { summary: 'Good.', findings: [] } }] }
    const first = JSON.stringify(asked.turns[0])
    const word = /Word (\w+)/.exec(first)?.[1] ?? 'none'
    const call = nextCall(word, first, asked)
    // Its first answer comes at once: until a model was heard it is asked one thing at a time.
    if (word === 'alpha' && call !== look) await others.promise
    const isLast = call === done && (word !== 'beta' || first.includes(SENT_BACK))
    if (isLast) handedIn.add(word)
    if (handedIn.has('beta') && handedIn.has('gamma')) others.resolve()
    return { text: `For ${word}.`, calls: [call] }
  }
}

const SENT_BACK = 'What was wrong'

function work(word: string): readonly ServedCall[] {
  switch (word) {
    case 'beta':
      return [addSource(word), addTest(word, 'nothing')]
    case 'gamma':
      return [...NOTES.map(read), addSource(word), addTest(word, 'GAMMA'), runTests]
    default:
      return [addSource(word), addTest(word, word.toUpperCase()), runTests]
  }
}

/** What was handed in is there, and nobody may write over what it has not read. */
function repair(word: string): readonly ServedCall[] {
  return [read(`test/${word}.test.ts`), addTest(word, word.toUpperCase()), runTests]
}

/** What follows on the last call: of a conversation that was made shorter the beginning is gone. */
function nextCall(word: string, first: string, { tools, turns }: Pick<Asked, 'tools' | 'turns'>): ServedCall {
  const offered = tools.map(({ name }) => name)
  const granted = word === 'delta' ? GRANTED.filter(({ name }) => offered.includes(name)) : []
  const steps = [look, ...granted, ...(first.includes(SENT_BACK) ? repair(word) : work(word))]
  const last = turns.flatMap((turn) => (turn.role === 'assistant' ? callsOf(turn) : [])).at(-1)
  const printed = JSON.stringify(last?.input)
  return steps[steps.findIndex(({ input }) => JSON.stringify(input) === printed) + 1] ?? done
}

function plan(): Served {
  const tasks = Object.entries(NEEDS).map(([id, needs]) => ({
    id,
    kind: 'code',
    title: `Word ${id}`,
    instructions: `Write ${id}, with a test.`,
    files: [`src/${id}.ts`, `test/${id}.test.ts`],
    needs,
  }))
  return { text: 'Four.', calls: [{ name: 'submit', input: { tasks } }] }
}

function submitOf({ tools }: Asked): object {
  const submit = tools.find(({ name }) => name === 'submit')?.input as { properties?: object } | undefined
  return submit?.properties ?? {}
}
