// Shell words
//
// Splits a line of shell into pipelines and their words, as far as `package.json` scripts need it.
//
// A line is never run here. Subshells, substitutions, loops and background commands are not understood.

export interface ShellWord {
  /** As it is written, with its quotes. */
  readonly raw: string
  /** Without quotes. */
  readonly value: string
  /** Whether the shell would expand it: a glob or a variable. */
  readonly isExpanded: boolean
}

export interface Pipeline {
  /** The words of its first command, without redirections. */
  readonly words: readonly ShellWord[]
  readonly line: string
}

const ESCAPED = /^\\(.)/s
const SINGLE = /^'([^']*)'/
const DOUBLE = /^"((?:[^"\\]|\\.)*)"/s
const BARE = /^[^\s'"\\|&;<>()`]+/
const REDIRECTION = /^(?:\d*(?:>>|>|<)(?:&\d|&-)?)/
const AND_OR_NEXT = /^(?:&&|;|\n)/
const NOT_UNDERSTOOD = /^(?:\|\||&|[()`])/

/** Pipelines that run one after the other; undefined for a line that is not understood. */
export function pipelinesIn(script: string): Pipeline[] | undefined {
  const found: Pipeline[] = []
  let rest = script.trim()
  while (rest !== '') {
    const read = readPipeline(rest)
    if (read === undefined) return undefined
    if (read.words.length > 0) found.push({ words: read.words, line: read.line })
    rest = read.rest.trim()
  }
  return found
}

function readPipeline(text: string): (Pipeline & { readonly rest: string }) | undefined {
  const words: ShellWord[] = []
  let rest = text
  let isFirst = true
  const end = () => ({ words, line: text.slice(0, text.length - rest.length).trim() })
  while (rest !== '') {
    rest = rest.replace(/^[^\S\n]+/, '')
    const next = AND_OR_NEXT.exec(rest)
    if (next !== null) return { ...end(), rest: rest.slice(next[0].length) }
    if (NOT_UNDERSTOOD.test(rest)) return undefined
    if (rest.startsWith('|')) {
      isFirst = false
      rest = rest.slice(1)
      continue
    }
    const redirection = REDIRECTION.exec(rest)?.[0]
    if (redirection !== undefined) {
      rest = rest.slice(redirection.length).trimStart()
      if (/&[\d-]$/.test(redirection)) continue
    }
    if (rest === '') break
    const word = readWord(rest)
    if (word === undefined) return undefined
    if (isFirst && redirection === undefined) words.push(word)
    rest = rest.slice(word.raw.length)
  }
  return { ...end(), rest: '' }
}

function readWord(text: string): ShellWord | undefined {
  let rest = text
  let value = ''
  let isExpanded = false
  while (rest !== '' && !/^[\s|&;<>()`]/.test(rest)) {
    const [piece, inside] = pieceOf(rest)
    if (piece === undefined || /\$\(|`/.test(piece)) return undefined
    const isQuoted = piece.startsWith("'") || piece.startsWith('\\')
    if (!isQuoted && (piece.includes('$') || (!piece.startsWith('"') && /[*?[{~]/.test(piece))))
      isExpanded = true
    value += inside
    rest = rest.slice(piece.length)
  }
  const raw = text.slice(0, text.length - rest.length)
  return raw === '' ? undefined : { raw, value, isExpanded }
}

function pieceOf(text: string): [piece: string | undefined, inside: string] {
  const single = SINGLE.exec(text)
  if (single !== null) return [single[0], single[1] ?? '']
  const double = DOUBLE.exec(text)
  if (double !== null) return [double[0], (double[1] ?? '').replace(/\\(["\\$`])/g, '$1')]
  const escaped = ESCAPED.exec(text)
  if (escaped !== null) return [escaped[0], escaped[1] ?? '']
  const bare = BARE.exec(text)?.[0]
  return [bare, bare ?? '']
}
