// Title
//
// Owns:   what a test is called: the call and what comes of it, in one line.

import type { Case, Expression, Step } from '../expression.ts'
import type { Observed, Outcome } from '../outcome.ts'
import type { Printer } from './print.ts'

const longest = { argument: 44, value: 60, title: 140 }

export function titleOf(test: Case, observed: Observed, printer: Printer): string {
  const title = `${story(test, printer)} ${ending(test, observed.outcome, printer)}`
  return clip(title.replace(/\s+/g, ' '), longest.title)
}

function story(test: Case, printer: Printer): string {
  return test.steps.map((step, index) => stepText(step, index, test.target, printer)).join(', then ')
}

function stepText(step: Step, index: number, target: string, printer: Printer): string {
  const given = step.of.map((value) => clip(printer.flat(value), longest.argument)).join(', ')
  const subject = index === 0 ? target : (step.name ?? 'its result')
  if (step.op === 'new') return `new ${target}(${given})`
  if (step.op === 'get') return subject
  if (step.op === 'set') return `${subject} = ${given}`
  return `${subject}(${given})`
}

function ending(test: Case, outcome: Outcome, printer: Printer): string {
  if (outcome.kind === 'unusable') return ''
  if (outcome.kind === 'threw') {
    const { name, message, value } = outcome.thrown
    const what =
      value !== undefined ? print(value, printer) : message === undefined ? name : `${name}: ${message}`
    return `${outcome.async ? 'rejects with' : 'throws'} ${clip(what, longest.value)}`
  }
  const last = test.steps.length - 1
  const own = outcome.readings.find(({ step, read }) => step === last && read.length === 0)
  const verb = outcome.async ? 'resolves to' : test.steps[last]?.op === 'get' ? 'is' : 'returns'
  if (own?.sees.kind === 'equal')
    return own.sees.value.kind === 'constant' &&
      own.sees.value.value === undefined &&
      outcome.readings.length > 1
      ? stateOf(test, outcome, printer)
      : `${verb} ${print(own.sees.value, printer)}`
  if (test.steps[last]?.op === 'new') return stateOf(test, outcome, printer)
  const items = outcome.readings.find(({ step, read }) => step === last && read[0]?.kind === 'spread')
  if (items?.sees.kind === 'equal') return `yields ${print(items.sees.value, printer)}`
  if (own?.sees.kind === 'instance') return `${verb} ${own.sees.of.join('.')}`
  if (own?.sees.kind === 'type') return `${verb} a ${own.sees.of}`
  return stateOf(test, outcome, printer)
}

/** What the first readable field holds afterwards. */
function stateOf(_test: Case, outcome: Extract<Outcome, { kind: 'returned' }>, printer: Printer): string {
  const field = outcome.readings.find(({ read, sees }) => read[0]?.kind === 'field' && sees.kind === 'equal')
  if (field?.sees.kind !== 'equal' || field.read[0]?.kind !== 'field') return 'works'
  return `has ${field.read[0].name} ${print(field.sees.value, printer)}`
}

function print(value: Expression, printer: Printer): string {
  return clip(printer.flat(value), longest.value)
}

function clip(text: string, most: number): string {
  const characters = [...text]
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`
}
