// Node output
//
// Owns:   how a node shows itself: a line for each thing that happens, in words or as JSON.

import { counted, type NodeOutput } from '../../app/index.ts'
import { type DevelopmentFact, subjectOf } from '../../machines/index.ts'
import type { Screen } from '../progress/screen.ts'
import { oneLine } from '../words.ts'

interface NodeOutputOptions {
  readonly screen: Screen
  readonly json: boolean
  readonly now: () => number
}

type NodeOutputLine = {
  readonly type: string
  readonly sentence?: string
  readonly reason?: string
} & Readonly<object>

export function nodeOutput({ screen, json, now }: NodeOutputOptions): NodeOutput {
  const say = (line: NodeOutputLine, sentence: string): void => {
    const time = new Date(now())
    const text = json
      ? JSON.stringify({ time: time.toISOString(), ...line })
      : `${time.toISOString().slice(11, 19)}  ${oneLine(sentence)}`
    screen.write(`${text}\n`)
  }
  return {
    joined(to) {
      say(
        { type: 'node.joined', ...to },
        `joined ${to.system} as ${to.name} with ${counted(to.workers, 'worker')}`,
      )
    },
    telemetry(fact) {
      if (fact.type === 'emitted') tellTask(fact.event as DevelopmentFact, say)
    },
    notice: (sentence) => say({ type: 'notice', sentence }, sentence),
    leaving: (reason) => say({ type: 'node.leaving', reason }, `leaving: ${reason}`),
    left: () => say({ type: 'node.left' }, 'left'),
  }
}

function tellTask(fact: DevelopmentFact, say: (line: NodeOutputLine, sentence: string) => void): void {
  if (fact.type === 'agent.ended' && fact.outcome !== 'submitted')
    return say(fact, `${fact.task}: its agent ended (${fact.outcome}) after ${counted(fact.steps, 'step')}`)
  if (fact.type === 'worker.untidy') return say(fact, `${fact.worker} could not clean up: ${fact.reason}`)
  if (fact.type !== 'task.progress') return
  const { worker, attempt, step } = fact
  const hand = worker.slice(worker.lastIndexOf('.') + 1)
  say(fact, `${hand}: ${step} ${subjectOf(fact)}${attempt > 1 ? ` (attempt ${attempt})` : ''}`)
}
