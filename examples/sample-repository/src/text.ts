import { OrchardError, RangeViolation } from './errors.js'

const LETTERS: Record<string, string> = {
  ä: 'ae',
  ö: 'oe',
  ü: 'ue',
  ß: 'ss',
  æ: 'ae',
  ø: 'o',
  å: 'a',
  ł: 'l',
}

/** `Crème Brûlée & Süßes` becomes `creme-brulee-suesses`. */
export function slug(text: string, longest = 60): string {
  const words = text
    .toLowerCase()
    .replace(/[äöüßæøåł]/g, (letter) => LETTERS[letter] as string)
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
  let result = ''
  for (const word of words) {
    const longer = result === '' ? word : `${result}-${word}`
    if (longer.length > longest) return result === '' ? word.slice(0, longest) : result
    result = longer
  }
  return result
}

/** Breaks lines at spaces; a word that is too long is cut. Empty lines part paragraphs and stay. */
export function wrap(text: string, width: number): string {
  if (width < 1) throw new RangeViolation('the width', width, 'at least 1')
  return text
    .split('\n')
    .flatMap((line) => wrapLine(line, width))
    .join('\n')
}

function wrapLine(line: string, width: number): string[] {
  const lines: string[] = []
  let current = ''
  for (let word of line.split(' ').filter((part) => part !== '')) {
    if (current !== '' && current.length + 1 + word.length <= width) {
      current += ` ${word}`
      continue
    }
    if (current !== '') lines.push(current)
    while (word.length > width) {
      lines.push(word.slice(0, width))
      word = word.slice(width)
    }
    current = word
  }
  return current !== '' || lines.length === 0 ? [...lines, current] : lines
}

/** Fills `{{name}}`, with filters as in `{{name | upper}}`, `{{name | default: nobody}}`; `{{{{` is a brace pair. */
export function render(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(
    /\{\{\{\{|\{\{\s*(\w+)\s*((?:\|[^}|]+)*)\}\}/g,
    (all, name?: string, filters = '') => {
      if (name === undefined) return '{{'
      const steps = String(filters)
        .split('|')
        .map((step) => step.trim())
        .filter((step) => step !== '')
      const fallback = steps.find((step) => step.startsWith('default:'))
      const value = Object.hasOwn(values, name) ? values[name] : fallback?.slice(8).trim()
      if (value === undefined) throw new OrchardError('template', `${all} has no value`)
      return steps.reduce(filter, String(value))
    },
  )
}

function filter(value: string, step: string): string {
  const [name = '', argument = ''] = step.split(':').map((part) => part.trim())
  switch (name) {
    case 'upper':
      return value.toUpperCase()
    case 'lower':
      return value.toLowerCase()
    case 'title':
      return value.replace(/\b[a-z]/g, (letter) => letter.toUpperCase())
    case 'cut':
      return value.length > Number(argument) ? `${value.slice(0, Math.max(Number(argument) - 1, 0))}…` : value
    case 'default':
      return value === '' ? argument : value
    default:
      throw new OrchardError('template', `there is no filter '${name}'`)
  }
}

/** `plural(1, 'box', 'boxes')`; without the second form an English one is made. */
export function plural(count: number, one: string, many?: string): string {
  if (Math.abs(count) === 1) return `${count} ${one}`
  if (many !== undefined) return `${count} ${many}`
  if (/[^aeiou]y$/.test(one)) return `${count} ${one.slice(0, -1)}ies`
  return `${count} ${one}${/(s|x|z|ch|sh)$/.test(one) ? 'es' : 's'}`
}
