// Examples
//
// Owns:   texts that people pass to the module's functions: in its comments, the README and tests named for it.
// Leaves: the module's own literals (literals.ts).
//
// R1. Only texts on lines that mention one of the exports are taken: the rest of a README is prose.

import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const MAX = { files: 8, bytes: 200_000, texts: 120, length: 80 }
const folders = ['', 'test', 'tests', '__tests__', 'src', 'spec', 'docs']

export function readExamples(
  root: string,
  file: string,
  source: string,
  names: readonly string[],
): readonly string[] {
  const called = names.filter((name) => /^\w{2,}$/.test(name) && name !== 'default')
  const stem = basename(file).replace(/\.[^.]+$/, '')
  if (called.length === 0) return textsIn(commentsOf(source))
  const mentions = new RegExp(`\\b(?:${called.join('|')})\\b\\s*[(\`]`)
  const others = exampleFiles(root, stem).flatMap((path) =>
    textsIn(
      read(path)
        .split('\n')
        .filter((line) => mentions.test(line))
        .join('\n'),
    ),
  )
  return [...new Set([...textsIn(commentsOf(source)), ...others])].slice(0, MAX.texts)
}

function exampleFiles(root: string, stem: string): readonly string[] {
  const isNamedFor = (name: string) =>
    name.startsWith(`${stem}.`) && /\.(test|spec)\.[cm]?[jt]sx?$/.test(name) && !name.includes('canopy')
  return folders
    .flatMap((folder) =>
      namesIn(join(root, folder))
        .filter((name) => /^readme\.md$/i.test(name) || isNamedFor(name))
        .map((name) => join(root, folder, name)),
    )
    .slice(0, MAX.files)
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').slice(0, MAX.bytes)
  } catch {
    return ''
  }
}

function commentsOf(source: string): string {
  return (source.match(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm) ?? []).join('\n')
}

function textsIn(text: string): readonly string[] {
  const found = [...text.matchAll(/'((?:[^'\\\n]|\\.){1,80})'|"((?:[^"\\\n]|\\.){1,80})"|`([^`\n$]{1,80})`/g)]
  return found
    .map(([, single, double, ticked]) => unescaped(single ?? double ?? ticked ?? ''))
    .filter((one) => one.length <= MAX.length)
}

function unescaped(text: string): string {
  return text.replace(
    /\\(.)/g,
    (_, character: string) => ({ n: '\n', t: '\t', r: '\r' })[character] ?? character,
  )
}
