// Python: lines
//
// Owns:   reading Python as its statements: lines joined where brackets, strings or a backslash go on, with their depth;
//         comments by themselves; and a text split where no bracket and no string is open.
// Leaves: what the statements mean (python-tests.ts).
//
// L1. Nothing is thrown: other text than Python is read as far as possible.

export interface Statement {
  readonly indent: number
  readonly text: string
  readonly line: number
}

export interface PythonText {
  readonly statements: readonly Statement[]
  readonly comments: readonly { readonly line: number; readonly text: string }[]
}

const QUOTE = /^(?:"""|'''|"|')/

/** Where the string that begins here ends. */
function endOfString(text: string, at: number): number {
  const quote = QUOTE.exec(text.slice(at, at + 3))?.[0] ?? '"'
  for (let end = at + quote.length; end < text.length; end++) {
    if (text[end] === '\\') end++
    else if (text.startsWith(quote, end)) return end + quote.length
    else if (quote.length === 1 && text[end] === '\n') return end
  }
  return text.length
}

export function readPython(text: string): PythonText {
  const statements: Statement[] = []
  const comments: { line: number; text: string }[] = []
  let [depth, line, begun, indent, said] = [0, 1, 1, 0, '']
  const finish = () => {
    if (said.trim() !== '')
      statements.push({ indent, text: said.trim().replaceAll(/\s+/g, ' '), line: begun })
    said = ''
  }
  for (let at = 0; at < text.length; ) {
    const char = text[at] ?? ''
    if (said === '' && depth === 0) {
      const margin = /^[ \t]*/.exec(text.slice(at))?.[0] ?? ''
      if (margin !== '') {
        indent = margin.replaceAll('\t', '        ').length
        at += margin.length
        begun = line
        said = ' '
        continue
      }
      ;[indent, begun] = [0, line]
    }
    if (char === '"' || char === "'") {
      const end = endOfString(text, at)
      const word = text.slice(at, end)
      said += word
      line += word.split('\n').length - 1
      at = end
    } else if (char === '#') {
      const end = text.indexOf('\n', at)
      const stop = end < 0 ? text.length : end
      comments.push({ line, text: text.slice(at, stop) })
      at = stop
    } else if (char === '\n') {
      if (depth === 0) finish()
      else said += ' '
      line++
      at++
    } else if (char === '\\' && text[at + 1] === '\n') {
      said += ' '
      line++
      at += 2
    } else {
      if ('([{'.includes(char)) depth++
      if (')]}'.includes(char)) depth = Math.max(0, depth - 1)
      said += char
      at++
    }
  }
  finish()
  return { statements, comments }
}

/** The parts of a text between separators that stand in no bracket and no string. */
export function splitOpen(text: string, separator: RegExp): { parts: string[]; found: string[] } {
  const parts: string[] = []
  const found: string[] = []
  let [depth, from] = [0, 0]
  const sticky = new RegExp(separator.source, 'y')
  for (let at = 0; at < text.length; ) {
    const char = text[at] ?? ''
    sticky.lastIndex = at
    const match = depth === 0 ? sticky.exec(text)?.[0] : undefined
    if (match !== undefined && match !== '') {
      parts.push(text.slice(from, at).trim())
      found.push(match.trim())
      at += match.length
      from = at
    } else if (char === '"' || char === "'") at = endOfString(text, at)
    else {
      if ('([{'.includes(char)) depth++
      if (')]}'.includes(char)) depth--
      at++
    }
  }
  parts.push(text.slice(from).trim())
  return { parts, found }
}

/** What follows a name and an opening bracket, up to its end; undefined when the text is no such call. */
export function argumentsOf(text: string, call: RegExp): string[] | undefined {
  const match = call.exec(text)
  if (match === null) return undefined
  const from = match.index + match[0].length
  const { parts } = splitOpen(text.slice(from).replace(/\)[^)]*$/, ''), /,/)
  return parts.filter((part) => part !== '')
}
