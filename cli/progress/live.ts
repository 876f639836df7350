// Live output
//
// Owns:   drawing the frame in place on a terminal, at most ten times a second.
// Leaves: its content (frame.ts).
//
// L1. A frame is drawn when something changed, and once a second for the clock.
// L2. The cursor is never hidden: whatever ends the process, the terminal is whole.
// L3. After `close` nothing is drawn any more.
// L4. A notice stays above the frame, so that a warning can be read afterwards.

import { createLogUpdate } from 'log-update'
import pc from 'picocolors'
import { emptyView, project, type RunOutput, type RunView } from '../../app/index.ts'
import type { RunFact } from '../../machines/index.ts'
import { reportLines } from '../report.ts'
import { oneLine, timeSpan } from '../words.ts'
import { frame } from './frame.ts'
import type { OutputOptions } from './screen.ts'
import { openSentences, type Sentence } from './sentence.ts'

const FRAME_MS = 100
const CLOCK_MS = 1000
const RECENT = 5
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

export function liveOutput({ screen, repository, now }: OutputOptions): RunOutput {
  const draw = createLogUpdate(screen as unknown as NodeJS.WriteStream, { showCursor: true })
  const colors = pc.createColors(true)
  const began = now()
  const sentenceOf = openSentences()
  let view: RunView = { ...emptyView, began }
  let recent: Sentence[] = []
  let frames = 0
  let pending: NodeJS.Timeout | undefined
  let closed = false

  const paint = (): void => {
    clearTimeout(pending)
    pending = undefined
    if (closed) return
    const spinner = SPINNER[frames++ % SPINNER.length] ?? ''
    const { columns = 80, rows = 24 } = screen
    draw(frame(view, { columns, rows, now: now(), colors, spinner, recent }))
  }
  const soon = (): void => {
    pending ??= setTimeout(paint, FRAME_MS)
  }
  const remember = (sentence: Sentence): void => {
    recent = [...recent, sentence].slice(-RECENT)
    soon()
  }
  const clock = setInterval(paint, CLOCK_MS)
  clock.unref()
  paint()

  const close = (): void => {
    if (closed) return
    paint()
    closed = true
    clearInterval(clock)
    draw.done()
  }
  return {
    telemetry(fact: RunFact) {
      view = project(view, fact, now())
      const sentence = sentenceOf(fact)
      if (sentence) remember(sentence)
      else soon()
    },
    notice(text) {
      if (closed) return
      draw.persist(oneLine(text))
      paint()
    },
    finish(ending, totals) {
      close()
      const known = { restarts: view.restarts, seconds: (now() - began) / 1000, ...totals }
      if (ending.kind === 'interrupted') {
        screen.write(`stopped after ${timeSpan(known.seconds)}; the same command continues from here\n`)
        return
      }
      const { report, clone } = ending
      const lines = reportLines(
        report,
        { ...known, repository, ...(clone !== undefined && { clone }) },
        colors,
      )
      screen.write(`\n${lines.join('\n')}\n`)
    },
    close,
  }
}
