// Sentence
//
// Owns:   the facts that get a line, and its text.
// Leaves: where the line goes (plain.ts, live.ts).

import { counted, isPaused } from '../../app/index.ts'
import { type DevelopmentFact, type RunFact, subjectOf } from '../../machines/index.ts'
import { assigneeText, oneLine, percentText, reasonLines } from '../words.ts'

export interface Sentence {
  readonly text: string
  readonly tone: 'plain' | 'good' | 'bad'
}

/** The line for a fact; undefined when it is not worth one. */
export function sentenceOf(fact: RunFact): Sentence | undefined {
  switch (fact.type) {
    case 'actor.resumed':
      return isPaused(fact.value)
        ? plain(`${fact.address} is still paused; 'canopy resume' continues it`)
        : undefined
    case 'control.answered':
      return fact.changes ? controlSentence(fact) : undefined
    case 'actor.crashed':
      return bad(`${fact.address} crashed on ${fact.event}: ${fact.error.message}`)
    case 'actor.restarted':
      return bad(`${fact.address} was restarted (${fact.reason})`)
    case 'child.failed':
      return fact.pauseMs === undefined
        ? undefined
        : bad(`${fact.address} restarts ${fact.child} in ${(fact.pauseMs / 1000).toFixed(1)} s`)
    case 'actor.gave_up':
      return bad(`${fact.address} gave up on ${fact.child} after ${counted(fact.restarts, 'restart')}`)
    case 'effect.finished':
      return fact.ok ? undefined : bad(`${fact.src} failed: ${fact.error?.message ?? 'no reason given'}`)
    case 'letter.dead':
      return bad(`mail ${fact.event} to ${fact.to} became a dead letter: ${fact.reason}`)
    case 'emitted':
      return developmentSentence(fact.event as DevelopmentFact)
    default:
      return modelSentence(fact)
  }
}

/** As `sentenceOf`, but that a model fails, or that another replaces it, is said once, until it answers again. */
export function openSentences(): typeof sentenceOf {
  const replaced = new Set<string>()
  const failures = new Map<string, string>()
  return (fact) => {
    if (fact.type === 'model.replied') {
      replaced.delete(fact.model)
      failures.delete(fact.model)
    }
    if (fact.type === 'model.failed') {
      if (failures.get(fact.model) === fact.message) return undefined
      failures.set(fact.model, fact.message)
    }
    if (fact.type === 'model.fell_back') {
      const { from, to } = fact
      if (replaced.has(from)) return undefined
      replaced.delete(to)
      replaced.add(from)
    }
    return sentenceOf(fact)
  }
}

function modelSentence(fact: RunFact): Sentence | undefined {
  switch (fact.type) {
    case 'model.limits_learnt': {
      const limits = Object.entries(fact.limits).map(([of, limit]) => `${limit} ${of.replace('_', ' ')}`)
      return plain(`${fact.model}: its vendor allows ${limits.join(', ')} at a time`)
    }
    case 'model.throttled':
      return plain(`${fact.model} limits its requests: at most ${fact.concurrency} at once from now on`)
    case 'model.breaker_opened':
      return bad(
        `${fact.model} fails: it gets no request before ${new Date(fact.until).toISOString().slice(11, 19)}`,
      )
    case 'model.breaker_half_open':
      return plain(`${fact.model} gets one trial request`)
    case 'model.breaker_closed':
      return good(`${fact.model} answers again`)
    case 'model.failed':
      return bad(`${fact.model} gave no reply (${fact.kind}): ${oneLine(fact.message)}`)
    case 'model.fell_back':
      return bad(`${fact.from} does not answer (${fact.reason}); ${fact.to} replaces it`)
    case 'model.paused': {
      const until =
        fact.until === undefined ? 'until it is resumed' : `until ${new Date(fact.until).toISOString()}`
      return bad(`${fact.model} gets no more requests ${until}: ${fact.message}`)
    }
    case 'model.resumed':
      return good(`${fact.model} gets requests again`)
    default:
      return undefined
  }
}

function controlSentence({
  sender,
  by,
  verb,
  event,
  to,
  ok,
  reason,
  code,
}: RunFact & { type: 'control.answered' }): Sentence {
  const who = by ?? sender
  const what = to === undefined ? `${who} asked for ${verb}` : `${who} sent ${event ?? 'something'} to ${to}`
  return ok ? plain(what) : bad(`${what}: ${reason ?? code ?? 'refused'}`)
}

function developmentSentence(fact: DevelopmentFact): Sentence | undefined {
  switch (fact.type) {
    case 'run.surveyed':
      return plain(
        `surveyed ${counted(fact.modules, 'module')}, ${counted(fact.tests, 'test')}: ` +
          `${percentText(fact.branches)} of ${counted(fact.branches.total, 'branch', 'branches')}`,
      )
    case 'run.paused':
      return plain('paused')
    case 'run.resumed':
      return plain('resumed')
    case 'milestone.started':
      return plain(
        `milestone ${fact.milestone}: from ${percentText(fact.branches)}${fact.goal === null ? '' : ` to ${fact.goal}%`} on branch ${fact.branch}`,
      )
    case 'milestone.planned':
      return plain(`milestone ${fact.milestone}, round ${fact.round}: ${counted(fact.tasks, 'task')}`)
    case 'milestone.draining':
      return plain(
        `milestone ${fact.milestone}: ${fact.reason}; waiting for ${counted(fact.running, 'running task')}`,
      )
    case 'milestone.finished':
      return milestoneSentence(fact.report)
    case 'task.started':
      return plain(`${subjectOf(fact)}: attempt ${fact.attempt} started`)
    case 'task.submitted':
      return plain(`${subjectOf(fact)}: ${handedIn(fact)} submitted`)
    case 'task.merged': {
      const { before, after } = fact.branches
      return good(
        `${subjectOf(fact)}: ${handedIn(fact)} merged, ${percentText(before)} -> ${percentText(after)} of branches`,
      )
    }
    case 'task.retried':
      return bad(
        `${subjectOf(fact)}: attempt ${fact.attempt} was rejected: ${reasonLines(fact.reasons).join('; ')}`,
      )
    case 'task.escalated': {
      const how = fact.by === 'model' ? 'another model' : 'another kind of agent'
      return plain(`${subjectOf(fact)}: escalated to ${how}: ${assigneeText(fact.to)}`)
    }
    case 'task.needs_person':
      return bad(`${subjectOf(fact)}: no agent could do it, a person has to: ${fact.advice.join('; ')}`)
    case 'task.answered':
      return plain(`${subjectOf(fact)}: answered`)
    case 'review.finding':
      return findingSentence(fact)
    case 'review.made':
      return reviewSentence(fact)
    case 'task.nothing':
      return plain(`${subjectOf(fact)}: nothing to do: ${fact.reason}`)
    case 'task.failed':
      return bad(`${subjectOf(fact)}: given up: ${reasonLines(fact.reasons).join('; ')}`)
    case 'tests.flaky':
      return plain(`flaky tests, ignored by the gates: ${fact.tests.join('; ')}`)
    case 'agent.rules_read':
      return plain(`${fact.task}: its agent was given ${fact.paths.join(', ')}`)
    case 'agent.command_began':
      return plain(`${fact.task}: ${fact.by} works on prompt ${fact.prompt}`)
    case 'agent.command_ended':
      return commandSentence(fact)
    case 'agent.warned':
      return bad(`${fact.task}: its agent repeats itself; it got a warning`)
    case 'agent.ended':
      return fact.outcome === 'submitted'
        ? undefined
        : bad(`${fact.task}: its agent ended (${fact.outcome}) after ${counted(fact.steps, 'step')}`)
    case 'worker.lost':
    case 'worker.untidy':
      return bad(`worker ${fact.worker}: ${fact.reason}`)
    case 'pool.joined':
      return good(`${fact.node} joined with ${counted(fact.workers, 'worker')}`)
    case 'pool.left':
      return bad(`${fact.node} is gone; other workers get its tasks`)
    case 'budget.alert':
      return bad(`${placeOf(fact)} has used ${fact.percent}% of its cap: ${fact.taken} of ${fact.cap}`)
    case 'budget.held':
      return bad(`a call waits: ${fact.reason}; 'canopy budget raise' continues it`)
    case 'budget.raised':
      return plain(`the cap of ${placeOf({ ...fact, task: null })} was raised`)
    case 'budget.out_of_quota':
      return bad(`${fact.model} is out of quota, no task starts: ${fact.message}`)
    case 'budget.resumed':
      return good('model calls are granted again')
    case 'pool.paused':
    case 'pool.resumed':
      return plain(fact.type === 'pool.paused' ? 'the pool is paused' : 'the pool continues')
    default:
      return undefined
  }
}

const BECAME = {
  confirmed: 'confirmed',
  repaired: 'repaired',
  refuted: 'refuted',
  unchecked: 'not verified',
} as const

function findingSentence(fact: DevelopmentFact & { type: 'review.finding' }): Sentence {
  const text = `review: ${fact.severity} at ${fact.file}:${fact.line} (${fact.aspect}): ${fact.title}: ${BECAME[fact.verdict]}`
  return fact.verdict === 'repaired' ? good(text) : fact.verdict === 'confirmed' ? bad(text) : plain(text)
}

function commandSentence(fact: DevelopmentFact & { type: 'agent.command_ended' }): Sentence {
  const usd = `${(fact.microdollars / 1e6).toFixed(2)} usd`
  const cost = {
    reported: `it cost ${usd}`,
    by_time: `it cost ${usd} by its time`,
    unknown: `what it cost is unknown, ${usd} are counted`,
  }[fact.cost]
  const text = `${fact.task}: ${fact.by} ${fact.failure ?? 'ended its work'}, ${fact.seconds} s; ${cost}`
  return fact.failure === undefined && fact.cost !== 'unknown' ? plain(text) : bad(text)
}

function reviewSentence({
  review,
  confirmed,
  problems,
}: DevelopmentFact & { type: 'review.made' }): Sentence {
  const text = `review ${review}: ${counted(confirmed, 'finding')} open`
  if (problems.length > 0) return bad(`${text}; ${problems.join('; ')}`)
  return confirmed > 0 ? bad(text) : good(text)
}

/** Cases are counted where tests are written for a module. */
function handedIn({
  module,
  cases,
}: {
  readonly module?: string | undefined
  readonly cases: number
}): string {
  return module === undefined ? 'a commit' : counted(cases, 'case')
}

/** Whose cap it is. */
function placeOf({
  scope,
  milestone,
  task,
}: Record<'scope', string> & Record<'milestone' | 'task', string | null>): string {
  const name = task ?? milestone
  if (scope === 'run') return 'the run'
  return name === null ? `every ${scope}` : `${scope} ${name}`
}

function milestoneSentence(report: (DevelopmentFact & { type: 'milestone.finished' })['report']): Sentence {
  const figures = `${percentText(report.branches.after)} of branches${report.goal === null ? '' : `, goal ${report.goal}%`}`
  switch (report.status) {
    case 'reached':
      return good(`milestone ${report.milestone} reached: ${figures}`)
    case 'not_reached':
      return bad(`milestone ${report.milestone} not reached: ${figures}; ${report.reasons.join('; ')}`)
    case 'skipped':
      return bad(`milestone ${report.milestone} skipped: ${report.reasons.join('; ')}`)
  }
}

function plain(text: string): Sentence {
  return { text: oneLine(text), tone: 'plain' }
}
function good(text: string): Sentence {
  return { text: oneLine(text), tone: 'good' }
}
function bad(text: string): Sentence {
  return { text: oneLine(text), tone: 'bad' }
}
