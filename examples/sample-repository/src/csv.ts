import { ParseError, position } from './errors.js'

export interface CsvOptions {
  /** One character; a comma unless told. */
  separator?: string
  /** Drops spaces around fields that are not quoted. */
  trim?: boolean
}

/** Reads RFC 4180: quoted fields, doubled quotes, line breaks inside quotes; LF and CRLF. */
export function parseCsv(text: string, options: CsvOptions = {}): string[][] {
  const { separator = ',', trim = false } = options
  if (separator.length !== 1 || separator === '"')
    throw new ParseError('the separator must be one character', 1, 1)
  const rows: string[][] = []
  let row: string[] = []
  let at = text.startsWith('\uFEFF') ? 1 : 0

  while (at < text.length) {
    const field = text[at] === '"' ? quoted(text, at) : plain(text, at, separator)
    row.push(trim && !field.quoted ? field.value.trim() : field.value)
    at = field.end
    if (text[at] === separator) {
      at += 1
      if (at === text.length) row.push('')
      else continue
    } else if (text[at] === '\r' && text[at + 1] === '\n') at += 2
    else if (text[at] === '\n') at += 1
    else if (at < text.length) {
      const { line, column } = position(text, at)
      throw new ParseError(`unexpected ${JSON.stringify(text[at])} after a field`, line, column)
    }
    rows.push(row)
    row = []
  }
  return rows
}

interface Field {
  value: string
  end: number
  quoted: boolean
}

function quoted(text: string, start: number): Field {
  let value = ''
  let at = start + 1
  while (at < text.length) {
    if (text[at] !== '"') value += text[at]
    else if (text[at + 1] === '"') {
      value += '"'
      at += 1
    } else return { value, end: at + 1, quoted: true }
    at += 1
  }
  const { line, column } = position(text, start)
  throw new ParseError('a quoted field is never closed', line, column)
}

function plain(text: string, start: number, separator: string): Field {
  let end = start
  while (end < text.length && text[end] !== separator && text[end] !== '\n' && text[end] !== '\r') end += 1
  return { value: text.slice(start, end), end, quoted: false }
}

/** The first row names the fields of all others. */
export function parseRecords(text: string, options?: CsvOptions): Record<string, string>[] {
  const [header, ...rows] = parseCsv(text, options)
  if (header === undefined) return []
  const twice = header.find((name, index) => header.indexOf(name) !== index)
  if (twice !== undefined) throw new ParseError(`the column '${twice}' comes twice`, 1, 1)
  return rows
    .filter((row) => row.length > 1 || row[0] !== '')
    .map((row) => Object.fromEntries(header.map((name, index) => [name, row[index] ?? ''])))
}

/** Writes rows so that `parseCsv` reads them back. */
export function formatCsv(
  rows: readonly (readonly (string | number | boolean | null)[])[],
  separator = ',',
): string {
  const cell = (value: string | number | boolean | null): string => {
    if (value === null) return ''
    const text = String(value)
    const special = text.includes(separator) || /["\r\n]/.test(text) || text !== text.trim()
    return special ? `"${text.replaceAll('"', '""')}"` : text
  }
  return rows.map((row) => `${row.map(cell).join(separator)}\n`).join('')
}
