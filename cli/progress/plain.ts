// Plain output
//
// Owns:   one line for each fact worth it, with the time, for files, pipes and CI.

import pc from 'picocolors'
import { emptyView, project, type RunOutput, type RunView } from '../../app/index.ts'
import type { RunFact } from '../../machines/index.ts'
import { reportLines } from '../report.ts'
import { oneLine, timeSpan } from '../words.ts'
import type { OutputOptions } from './screen.ts'
import { openSentences } from './sentence.ts'

export function plainOutput({ screen, repository, now }: OutputOptions): RunOutput {
  const began = now()
  const sentenceOf = openSentences()
  let view: RunView = emptyView
  const say = (text: string): void => {
    const clock = new Date(now()).toISOString().slice(11, 19)
    screen.write(`${clock} ${text}\n`)
  }
  return {
    telemetry(fact: RunFact) {
      view = project(view, fact, now())
      const sentence = sentenceOf(fact)
      if (sentence) say(sentence.tone === 'bad' ? `! ${sentence.text}` : sentence.text)
    },
    notice: (sentence) => say(oneLine(sentence)),
    finish(ending, totals) {
      const known = { restarts: view.restarts, seconds: (now() - began) / 1000, ...totals }
      if (ending.kind === 'interrupted') {
        say(`stopped after ${timeSpan(known.seconds)}; the same command continues from here`)
        return
      }
      const { report, clone } = ending
      const lines = reportLines(
        report,
        { ...known, repository, ...(clone !== undefined && { clone }) },
        pc.createColors(false),
      )
      screen.write(`\n${lines.join('\n')}\n`)
    },
    close() {},
  }
}
