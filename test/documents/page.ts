// Page
//
// Owns:   reading a document: its headings, links, blocks of code, and code in sentences.
// Leaves: comparing them with the project (checks.ts).

import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const project = resolve(import.meta.dirname, '../..')

export interface Page {
  /** Relative to the project, such as `docs/models.md`. */
  readonly path: string
  readonly text: string
}

export function pageAt(path: string): Page {
  return { path, text: readFileSync(join(project, path), 'utf8') }
}

/** The text outside of blocks of code. */
export function sentencesOf({ text }: Page): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '')
}

/** The blocks of code in a language, such as `sh`. */
export function blocksOf({ text }: Page, language: string): string[] {
  const pattern = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm')
  return [...text.matchAll(pattern)].map(([, block = '']) => block)
}

/** The code between single backticks. */
export function inlineCodeOf(page: Page): string[] {
  return [...sentencesOf(page).matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replaceAll('\n', ' '))
}

export function linksOf(page: Page): string[] {
  return [...sentencesOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
}

/** The anchors of all headings, as code hosts make them. */
export function anchorsOf(page: Page): string[] {
  return [...sentencesOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** The shell commands of a page, without comments. */
export function shellLinesOf(page: Page): string[] {
  return blocksOf(page, 'sh')
    .flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'))
    .map((line) => line.replace(/\s+#.*$/, '').trim())
}

export const withoutSpaces = (text: string): string => text.replace(/\s+/g, ' ').trim()
