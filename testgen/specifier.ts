// Specifier
//
// Owns:   how a test file names the module under test: the relative path with the ending this repository uses.
// Leaves: the rest of the file's look (emit/style.ts).

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, extname, join, relative } from 'node:path'

export type SpecifierEnding = 'none' | 'same' | 'js'

/** `root`-relative paths with forward slashes. */
export function specifierFor(root: string, module: string, testFile: string, runner: string): string {
  const path = relative(dirname(join(root, testFile)), join(root, module)).replaceAll('\\', '/')
  // A name may begin with a dot, too.
  const dotted = path.startsWith('../') ? path : `./${path}`
  const ending = endingFor(root, module, testFile, runner)
  const own = extname(dotted)
  if (ending === 'same' || (ending === 'js' && own === '.jsx')) return dotted
  const bare = dotted.slice(0, dotted.length - own.length)
  // No resolution adds the endings .mts and .cts.
  if (ending === 'none' && !/^\.[cm]ts$/.test(own)) return bare
  return bare + own.replace('ts', 'js').replace('jsx', 'js')
}

function endingFor(root: string, module: string, testFile: string, runner: string): SpecifierEnding {
  if (/\.[cm]?js$/.test(module) || runner === 'node') return 'same'
  const votes = { none: 0, same: 0, js: 0 }
  const texts = [
    join(root, module),
    ...sourcesIn(join(root, dirname(testFile))),
    ...sourcesIn(join(root, dirname(module))),
  ]
  for (const text of texts.slice(0, 24)) countEndings(read(text), votes)
  if (votes.none + votes.same + votes.js === 0)
    return /"moduleResolution"\s*:\s*"node(16|next)"|"module"\s*:\s*"node(16|18|20|next)"/i.test(
      read(join(root, 'tsconfig.json')),
    )
      ? 'js'
      : 'none'
  if (votes.js >= votes.none && votes.js >= votes.same) return 'js'
  return votes.same > votes.none ? 'same' : 'none'
}

function countEndings(text: string, votes: Record<SpecifierEnding, number>): void {
  for (const [, specifier = ''] of text.matchAll(/\bfrom\s+['"](\.{1,2}\/[^'"]*)['"]/g)) {
    if (/\.[cm]?jsx?$/.test(specifier)) votes.js += 1
    else if (/\.[cm]?tsx?$/.test(specifier)) votes.same += 1
    else if (!/\.json$/.test(specifier)) votes.none += 1
  }
}

function sourcesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.[cm]?tsx?$/.test(name))
      .sort()
      .slice(0, 10)
      .map((name) => join(folder, name))
  } catch {
    return []
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
