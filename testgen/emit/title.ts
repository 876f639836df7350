// Title
//
// Owns:   a test's title: the call and its result, in one line.

import type { Case, CaseStep, Expression } from '../expression.ts'
import type { CaseOutcome, Observation, Reading, Thrown } from '../outcome.ts'
import type { Printer } from './printer.ts'

const MAX_CHARACTERS = { argument: 44, value: 60, title: 140 }

export function titleOf(test: Case, observed: Observation, printer: Printer): string {
  const title = `${story(test, printer)} ${ending(test, observed.outcome, printer)}`
  return clip(title.replace(/\s+/g, ' '), MAX_CHARACTERS.title)
}

function story(test: Case, printer: Printer): string {
  return test.steps.map((step, index) => stepText(step, index, test.target, printer)).join(', then ')
}

function stepText(step: CaseStep, index: number, target: string, printer: Printer): string {
  const given = step.of.map((value) => clip(printer.flat(value), MAX_CHARACTERS.argument)).join(', ')
  const subject = index === 0 ? target : (step.name ?? 'its result')
  if (step.op === 'new') return `new ${target}(${given})`
  if (step.op === 'wait') return `${given} ms later`
  if (step.op === 'get') return subject
  if (step.op === 'set') return `${subject} = ${given}`
  return `${subject}(${given})`
}

function ending(test: Case, outcome: CaseOutcome, printer: Printer): string {
  switch (outcome.kind) {
    case 'unusable':
      return ''
    case 'threw':
      return `${outcome.async ? 'rejects with' : 'throws'} ${thrownText(outcome.thrown, printer)}`
    case 'returned':
      return returnedText(test, outcome, printer)
  }
}

function thrownText({ name, message, value }: Thrown, printer: Printer): string {
  if (value !== undefined) return print(value, printer)
  return clip(message === undefined ? name : `${name}: ${message}`, MAX_CHARACTERS.value)
}

type ReturnOutcome = Extract<CaseOutcome, { kind: 'returned' }>

function returnedText(test: Case, outcome: ReturnOutcome, printer: Printer): string {
  const last = test.steps.length - 1
  const { op } = test.steps[last] ?? {}
  const verb = outcome.async ? 'resolves to' : op === 'get' ? 'is' : 'returns'
  const own = outcome.readings.find(({ step, read }) => step === last && read.length === 0)
  const isSilent = op === 'new' || own === undefined || isUndefined(own)
  const state = isSilent ? stateText(outcome, printer) : undefined
  if (state !== undefined) return state
  if (own?.sees.kind === 'equal') return `${verb} ${print(own.sees.value, printer)}`
  const items = outcome.readings.find(({ step, read }) => step === last && read[0]?.kind === 'spread')
  if (items?.sees.kind === 'equal') return `yields ${print(items.sees.value, printer)}`
  if (own?.sees.kind === 'instance') return `${verb} ${printer.flat({ kind: 'export', path: own.sees.of })}`
  return own?.sees.kind === 'type'
    ? `${verb} ${own.sees.of === 'object' ? 'an' : 'a'} ${own.sees.of}`
    : 'works'
}

function isUndefined({ sees }: Reading): boolean {
  return sees.kind === 'equal' && sees.value.kind === 'constant' && sees.value.value === undefined
}

/** The value of the first readable field afterwards, or the calls of a callback. */
function stateText({ readings }: ReturnOutcome, printer: Printer): string | undefined {
  for (const { read, sees } of readings) {
    const [access] = read
    if (access === undefined || sees.kind !== 'equal') continue
    if (access.kind === 'field') return `has ${access.name} ${print(sees.value, printer)}`
    if (access.kind === 'callCount') return `calls back ${print(sees.value, printer)} times`
    if (access.kind === 'calls')
      return sees.value.kind === 'array' && sees.value.items.length === 0
        ? 'does not call back'
        : `calls back with ${print(sees.value, printer)}`
  }
  return undefined
}

function print(value: Expression, printer: Printer): string {
  return clip(printer.flat(value), MAX_CHARACTERS.value)
}

function clip(text: string, most: number): string {
  const characters = [...text]
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`
}
