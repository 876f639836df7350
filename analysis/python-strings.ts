// Python: strings
//
// Finds where a string of Python ends, with the fields of f-strings, and writes strings so that the kind of quotes and the
// layout make no difference.

const MAX_FIELD_LENGTH = 4000
const MAX_NESTED_FIELDS = 40

interface StringEnd {
  readonly end: number
  readonly isClosed: boolean
}

/** Where the string ends whose first quote is here. */
export function endOfString(text: string, at: number, hasFields: boolean): StringEnd {
  const withFields = hasFields
    ? endOfFormat(text, at, Math.min(text.length, at + MAX_FIELD_LENGTH), 0)
    : undefined
  return withFields === undefined ? endOfPlain(text, at) : { end: withFields, isClosed: true }
}

export function isQuote(char: string | undefined): boolean {
  return char === '"' || char === "'"
}

function quoteAt(text: string, at: number): string {
  const quote = text[at] ?? '"'
  return text.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote
}

function endOfPlain(text: string, at: number): StringEnd {
  const quote = quoteAt(text, at)
  for (let end = at + quote.length; end < text.length; end++) {
    if (text[end] === '\\') end++
    else if (text.startsWith(quote, end)) return { end: end + quote.length, isClosed: true }
    else if (text[end] === '\n' && quote.length === 1) return { end, isClosed: false }
  }
  return { end: text.length, isClosed: false }
}

/** The same for a string with fields: a quote in a field begins another string. Undefined: it is too long, or not closed. */
function endOfFormat(text: string, at: number, limit: number, depth: number): number | undefined {
  const quote = quoteAt(text, at)
  for (let end = at + quote.length; end < limit; end++) {
    if (text[end] === '\\') end++
    else if (text.startsWith(quote, end)) return end + quote.length
    else if (text[end] === '\n' && quote.length === 1) return undefined
    else if (text.startsWith('{{', end)) end++
    else if (text[end] === '{') {
      const closed = endOfField(text, end + 1, limit, depth + 1)
      if (closed === undefined) return undefined
      end = closed
    }
  }
  return undefined
}

/** Where the field's closing brace is. */
function endOfField(text: string, at: number, limit: number, depth: number): number | undefined {
  let [open, isSpecification] = [0, false]
  if (depth > MAX_NESTED_FIELDS) return undefined
  for (let end = at; end < limit; end++) {
    const char = text[end] ?? ''
    if (isSpecification && char === '{') {
      const closed = endOfField(text, end + 1, limit, depth + 1)
      if (closed === undefined) return undefined
      end = closed
    } else if (char === '}' && open === 0) return end
    else if (isSpecification) continue
    else if (char === '"' || char === "'") {
      const closed = isFormatted(text, end) ? endOfFormat(text, end, limit, depth) : endOfPlain(text, end).end
      if (closed === undefined) return undefined
      end = closed - 1
    } else if ('([{'.includes(char)) open++
    else if (')]}'.includes(char)) open--
    else if (char === ':' && open === 0) isSpecification = true
  }
  return undefined
}

/** Whether the quote that is here begins a string with fields. */
export function isFormatted(text: string, at: number): boolean {
  return /(?:^|[^\w])(?:[ft]r?|r[ft])$/i.test(text.slice(Math.max(0, at - 3), at))
}

/** The same string in single quotes where that is possible. */
export function canonicalString(prefix: string, quoted: string): string {
  const kind = prefix.toLowerCase().replace('u', '')
  const width = /^("""|''')/.test(quoted) ? 3 : 1
  if (!quoted.endsWith(quoted.slice(0, width)) || quoted.length < 2 * width) return kind + quoted
  const body = quoted.slice(width, -width)
  if (/[rft]/.test(kind)) return /['"\\\n]/.test(body) ? kind + quoted : `${kind}'${body}'`
  const bare = body
    .replaceAll(/\\([\s\S])/g, (all, char: string) => (char === '\n' ? '' : /['"]/.test(char) ? char : all))
    .replaceAll('\n', '\\n')
  return `${kind}'${bare.replaceAll("'", "\\'")}'`
}
