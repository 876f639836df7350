import { ParseError } from './errors.js'

export type IniValue = string | number | boolean | null | IniValue[]
export type IniSection = Record<string, IniValue>

export interface Ini {
  /** What stands before the first section. */
  root: IniSection
  sections: Record<string, IniSection>
}

/** Reads `key = value` lines, `[sections]`, `key[] = item` lists, comments with `;` or `#`. */
export function parseIni(text: string): Ini {
  const ini: Ini = { root: {}, sections: {} }
  let current = ini.root
  text.split(/\r?\n/).forEach((raw, index) => {
    const line = raw.trim()
    if (line === '' || line.startsWith(';') || line.startsWith('#')) return
    if (line.startsWith('[')) {
      current = openSection(ini, line, index + 1)
      return
    }
    const equals = line.indexOf('=')
    if (equals < 0) throw new ParseError(`expected 'key = value', found '${line}'`, index + 1, 1)
    const key = line.slice(0, equals).trim()
    if (key === '' || key === '[]') throw new ParseError('a key is missing', index + 1, 1)
    assign(current, key, parseValue(line.slice(equals + 1).trim()), index + 1)
  })
  return ini
}

function openSection(ini: Ini, line: string, number: number): IniSection {
  if (!line.endsWith(']')) throw new ParseError("a section's name ends with ']'", number, line.length)
  const name = line.slice(1, -1).trim()
  if (name === '') throw new ParseError("a section's name is missing", number, 2)
  if (!Object.hasOwn(ini.sections, name)) ini.sections[name] = {}
  return ini.sections[name] as IniSection
}

function assign(section: IniSection, key: string, value: IniValue, line: number): void {
  if (!key.endsWith('[]')) {
    if (Object.hasOwn(section, key)) throw new ParseError(`'${key}' is set twice`, line, 1)
    section[key] = value
    return
  }
  const name = key.slice(0, -2)
  const list = Object.hasOwn(section, name) ? section[name] : []
  if (!Array.isArray(list)) throw new ParseError(`'${name}' is a value and a list`, line, 1)
  section[name] = [...list, value]
}

function parseValue(text: string): IniValue {
  const quote = text[0]
  if ((quote === '"' || quote === "'") && text.length > 1 && text.endsWith(quote)) return text.slice(1, -1)
  switch (text.toLowerCase()) {
    case '':
    case 'null':
      return null
    case 'true':
    case 'yes':
    case 'on':
      return true
    case 'false':
    case 'no':
    case 'off':
      return false
  }
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : text
}

/** Looks up `section.key`, or `key` for what stands before the first section. */
export function lookup(ini: Ini, path: string, fallback: IniValue = null): IniValue {
  const dot = path.indexOf('.')
  const section = dot < 0 ? ini.root : ini.sections[path.slice(0, dot)]
  if (section === undefined) return fallback
  return section[path.slice(dot + 1)] ?? fallback
}
