// V8 coverage
//
// Turns V8's counts of each process (`NODE_V8_COVERAGE`) into branches and statements of the sources.
//
// Types are stripped in place, so V8's offsets are those of the TypeScript file. A module that no process loaded counts
// as loaded and never run: it has all its branches, none reached.

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parse } from '@babel/parser'
import { mergeProcessCovs } from '@bcoe/v8-coverage'
import { convert } from 'ast-v8-to-istanbul'
import coverage, { type FileCoverageData } from 'istanbul-lib-coverage'
import { z } from 'zod'
import type { FileCoverages } from '../coverage.ts'
import { listInside, readTextInside } from '../worktree-files.ts'
import { MAX_COUNTED_BYTES, parseReport } from './report-text.ts'

const scriptSchema = z.object({
  scriptId: z.string(),
  url: z.string(),
  functions: z.array(
    z.object({
      functionName: z.string(),
      isBlockCoverage: z.boolean(),
      ranges: z.array(z.object({ startOffset: z.int(), endOffset: z.int(), count: z.int() })),
    }),
  ),
})
type V8Script = z.infer<typeof scriptSchema>
const processSchema = z.object({ result: z.array(scriptSchema) })

export async function readV8Coverage(
  root: string,
  counted: { readonly out: string; readonly folder: string },
  modules: readonly string[],
): Promise<FileCoverages> {
  const urls = new Set(modules.map((module) => pathToFileURL(join(root, module)).href))
  const scripts = await readScripts(counted, urls)
  const map = coverage.createCoverageMap()
  for (const module of modules) {
    const path = join(root, module)
    const code = (await readTextInside(root, module, MAX_SOURCE_BYTES)) ?? ''
    const script = scripts.get(pathToFileURL(path).href) ?? neverRun(path, code)
    map.merge(await branchesOf(path, code, script))
  }
  return JSON.parse(JSON.stringify(map))
}

const MAX_SOURCE_BYTES = 16 * 1024 * 1024

/** The scripts at these URLs, summed over all processes. */
async function readScripts(
  { out, folder }: { out: string; folder: string },
  urls: ReadonlySet<string>,
): Promise<Map<string, V8Script>> {
  const processes = []
  for (const name of (await listInside(out, folder)) ?? []) {
    const text = (await readTextInside(out, `${folder}/${name}`, MAX_COUNTED_BYTES)) ?? ''
    const { result } = processSchema.parse(parseReport(text))
    processes.push({ result: result.filter((script) => urls.has(script.url)) })
  }
  return new Map(mergeProcessCovs(processes).result.map((script) => [script.url, script]))
}

type ByPath = Record<string, FileCoverageData>

async function branchesOf(path: string, code: string, script: V8Script): Promise<ByPath> {
  const options = {
    sourceType: 'unambiguous',
    errorRecovery: true,
    allowReturnOutsideFunction: true,
  } as const
  const plugins = /ts$/.test(path) ? (['estree', 'typescript'] as const) : (['estree'] as const)
  // The converter marks its tree, so each conversion needs a new one.
  const { program } = parse(code, { ...options, plugins: [...plugins] })
  const ast = program as unknown as Parameters<typeof convert>[0]['ast']
  return (await convert({ ast, code, coverage: script, wrapperLength: 0 })) as unknown as ByPath
}

function neverRun(path: string, code: string): V8Script {
  const ranges = [{ startOffset: 0, endOffset: code.length, count: 0 }]
  const functions = [{ functionName: '', isBlockCoverage: true, ranges }]
  return { scriptId: '0', url: pathToFileURL(path).href, functions }
}
