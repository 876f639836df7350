// Answer text
//
// What a model reads of a server's answer: its texts, cut and marked as data; what is no text is named.

import { report } from '../../machines/index.ts'
import type { McpContent, ToolAnswer } from './messages.ts'

const MAX_CHARACTERS = 30_000

export function answerText(server: string, { content, structuredContent, isError }: ToolAnswer): string {
  const texts = content.map(textOf)
  const isTold = content.some(({ text }) => text !== undefined)
  const all =
    isTold || structuredContent === undefined ? texts : [...texts, JSON.stringify(structuredContent)]
  const text = all.join('\n').trim()
  const how = isError ? 'reports an error' : 'answers'
  return text === ''
    ? `${server} ${how} without words.`
    : `${server} ${how}:\n${report(text, MAX_CHARACTERS)}`
}

function textOf({ type, text, data, mimeType = 'of no type', uri, resource }: McpContent): string {
  if (text !== undefined) return text
  if (resource?.text !== undefined) return `${resource.uri}:\n${resource.text}`
  const where = uri ?? resource?.uri
  const size = data === undefined ? '' : `, ${data.length} characters of base64`
  return `[${type} ${mimeType}${where === undefined ? '' : ` at ${where}`}${size}: not shown]`
}
