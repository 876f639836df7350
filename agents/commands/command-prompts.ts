// Command prompts
//
// The prompts of an agent command, made of the conversation, and the answer in its last message.
// Leaves: the conversation (the transcript), judging the answer (machines/agent/agent-kinds.ts).

import { jsonOf } from '../../kernel/index.ts'
import {
  type AgentKind,
  agentKinds,
  answerJsonSchema,
  callsOf,
  resultsOf,
  type Turn,
} from '../../machines/index.ts'
import { commandPromptOf } from '../prompts/prompts.ts'

const INTERRUPTED =
  'An earlier process that worked on this was interrupted. The worktree is as it was left: look at what is done, and go on.'

export interface CommandWords {
  readonly kind: AgentKind
  readonly turns: readonly Turn[]
  /** An earlier process of this prompt did not end. */
  readonly isAgain: boolean
}

/** For a process that knows nothing yet. */
export function wholePrompt({ kind, turns, isAgain }: CommandWords): string {
  const schema = JSON.stringify(answerJsonSchema(kind))
  const frame = `${commandPromptOf(kind)}\n\nThe form of the answer, as a JSON schema:\n\n${schema}`
  const told = turns.map((turn) =>
    turn.role === 'user' ? textOf(turn) : `# What you handed in\n\n${textOf(turn)}`,
  )
  return [frame, ...told, ...(isAgain ? [INTERRUPTED] : [])].join('\n\n')
}

/** For a session that goes on. */
export function nextPrompt({ turns, isAgain }: CommandWords): string {
  const last = turns.at(-1)
  const asked = last === undefined ? '' : textOf(last)
  return isAgain ? `${INTERRUPTED} This was asked:\n\n${asked}` : asked
}

function textOf(turn: Turn): string {
  const texts = turn.blocks.flatMap((block) => (block.type === 'text' ? [block.text] : []))
  const calls = callsOf(turn).map(({ input }) => JSON.stringify(input))
  const results = resultsOf(turn).map(({ content }) => content)
  return [...texts, ...calls, ...results].join('\n\n')
}

const LONGEST_SUMMARY = 2_000
const FENCED = /```(?:json)?\s*\n([\s\S]*?)\n\s*```/g

/** What it hands in: the JSON of its last message; where files count and there is none, that it is done. */
export function answerIn(text: string, kind: AgentKind): unknown {
  const isWriter = agentKinds[kind].writes !== 'nothing'
  const found = objectsIn(text).findLast((each) => !isWriter || 'outcome' in each)
  if (found !== undefined) return found
  const summary = text.trim().slice(-LONGEST_SUMMARY).trim()
  return isWriter ? { outcome: 'done', summary: summary || 'It said nothing.' } : {}
}

function objectsIn(text: string): object[] {
  const fenced = [...text.matchAll(FENCED)].map(([, inside = '']) => inside)
  const lines = text.split('\n').filter((line) => line.startsWith('{'))
  const tail = text.slice(Math.max(0, text.indexOf('{')))
  return [tail, ...lines, ...fenced].flatMap((each) => {
    const value = jsonOf(each.trim())
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? [value] : []
  })
}
