// JUnit report
//
// Reads the XML that many test runners write in JUnit's form.

import { relative } from 'node:path'
import type { TestResult } from './runner.ts'

const CASE = /<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g
const ATTRIBUTE = /([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g
const PROBLEM = /<(?:failure|error)\b([^>]*?)(?:\/>|>([\s\S]*?)<\/(?:failure|error)>)/
const FILE_NAME = /^[^\s:]+\.[cm]?[jt]sx?$/
const MAX_MESSAGE_CHARACTERS = 4_000

export const isJunit = (text: string): boolean => /<testsuites?\b/.test(text.slice(0, 10_000))

export function readJunit(root: string, text: string): (TestResult & { readonly message: string })[] {
  return [...text.matchAll(CASE)].map(([, head = '', body = '']) => {
    const { name = '', classname: given = '', file: named = '' } = attributesIn(head)
    // Deno and vitest name the file in place of a class.
    const isFile = named === '' && FILE_NAME.test(given)
    const [file, classname] = isFile ? [given, ''] : [named, given]
    const problem = PROBLEM.exec(body)
    const isSkipped = /<skipped\b/.test(body)
    const said = problem === null ? '' : messageOf(problem)
    return {
      file: file.startsWith('/') ? relative(root, file) : file.replace(/^\.\//, ''),
      name: classname === '' || name.startsWith(classname) ? name : `${classname} ${name}`,
      status: problem !== null ? 'failed' : isSkipped ? 'skipped' : 'passed',
      message: said.slice(0, MAX_MESSAGE_CHARACTERS),
    }
  })
}

function messageOf([, head = '', body = '']: RegExpExecArray): string {
  const { message = '' } = attributesIn(head)
  const text = unescaped(body.replace(/<!\[CDATA\[([\s\S]*?)\]\]>/g, '$1')).trim()
  return text.includes(message) ? text : `${message}\n${text}`.trim()
}

function attributesIn(head: string): Record<string, string | undefined> {
  const pairs = [...head.matchAll(ATTRIBUTE)].map(
    ([, name = '', double, single]) => [name, unescaped(double ?? single ?? '')] as const,
  )
  return Object.fromEntries(pairs)
}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return NAMED[name] ?? whole
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
