// V8 coverage
//
// Turns V8's counts of each process (`NODE_V8_COVERAGE`) into branches and statements of the sources.
//
// Types are stripped in place, so V8's offsets are those of the TypeScript file; those of a transpiler are moved by its
// source map (v8-source-map.ts). A module that no process loaded counts as loaded and never run: it has all its
// branches, none reached. A module that cannot be mapped is left out.

import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parse } from '@babel/parser'
import { mergeProcessCovs } from '@bcoe/v8-coverage'
import { convert } from 'ast-v8-to-istanbul'
import coverage, { type FileCoverageData } from 'istanbul-lib-coverage'
import { z } from 'zod'
import type { FileCoverages } from '../coverage.ts'
import { listInside, readTextInside } from '../worktree-files.ts'
import { MAX_COUNTED_BYTES, parseReport } from './report-text.ts'
import { mapFunctions, type RecordedMap, recordedMapSchema } from './v8-source-map.ts'

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
const processSchema = z.object({
  result: z.array(scriptSchema),
  'source-map-cache': z.record(z.string(), z.unknown()).optional(),
})

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
    const script = scripts.get(pathToFileURL(path).href)
    const counted = script === undefined ? neverRun(path, code) : inSource(script, code)
    const branches = counted && (await branchesOf(path, code, counted).catch(() => undefined))
    if (branches !== undefined) map.merge(branches)
  }
  return JSON.parse(JSON.stringify(map))
}

const MAX_SOURCE_BYTES = 16 * 1024 * 1024

interface CountedScript extends V8Script {
  /** That of its transpiler. */
  readonly map?: RecordedMap
}

/** Counts by offsets of the source; undefined when another code ran under its name and no map leads back. */
function inSource({ map, ...script }: CountedScript, code: string): V8Script | undefined {
  if (map !== undefined)
    return { ...script, functions: mapFunctions(script.functions, map, code) as Functions }
  const ends = script.functions.flatMap(({ ranges }) =>
    ranges[0]?.startOffset === 0 ? ranges[0].endOffset : [],
  )
  const { url } = script
  // A byte-order mark is taken off; where Node strips types, the file's address or path is added.
  const added = [url, fileURLToPath(url)].map((place) => `\n\n//# sourceURL=${place}`.length)
  const usual = [0, -1, ...added].map((more) => code.length + more)
  const whole = Math.max(...ends)
  return ends.length === 0 || usual.includes(whole) ? script : undefined
}

type Functions = V8Script['functions']

/** The scripts at these URLs, summed over all processes. */
async function readScripts(
  { out, folder }: { out: string; folder: string },
  urls: ReadonlySet<string>,
): Promise<Map<string, CountedScript>> {
  const processes = []
  const maps = new Map<string, RecordedMap>()
  for (const name of (await listInside(out, folder)) ?? []) {
    const text = (await readTextInside(out, `${folder}/${name}`, MAX_COUNTED_BYTES)) ?? ''
    const { result, 'source-map-cache': cache = {} } = processSchema.parse(parseReport(text))
    processes.push({ result: result.filter((script) => urls.has(script.url)) })
    for (const [url, recorded] of Object.entries(cache)) {
      const map = urls.has(url) ? recordedMapSchema.safeParse(recorded).data : undefined
      if (map?.data) maps.set(url, map)
    }
  }
  const scripts = mergeProcessCovs(processes).result
  return new Map(scripts.map((script) => [script.url, withMap(script, maps.get(script.url))]))
}

const withMap = (script: V8Script, map: RecordedMap | undefined): CountedScript =>
  map === undefined ? script : { ...script, map }

type ByPath = Record<string, FileCoverageData>

async function branchesOf(path: string, code: string, script: V8Script): Promise<ByPath> {
  const options = {
    sourceType: 'unambiguous',
    errorRecovery: true,
    allowReturnOutsideFunction: true,
  } as const
  const language = /ts$/.test(path) ? (['typescript'] as const) : (['jsx'] as const)
  const plugins = ['estree', 'decorators', 'decoratorAutoAccessors', ...language] as const
  // The converter marks its tree, so each conversion needs a new one.
  const { program } = parse(code, { ...options, plugins: [...plugins] })
  removeSignatures(program)
  const ast = program as unknown as Parameters<typeof convert>[0]['ast']
  return (await convert({ ast, code, coverage: script, wrapperLength: 0 })) as unknown as ByPath
}

/** Overloads of methods have no body, which the converter does not expect. */
function removeSignatures(node: object): void {
  for (const value of Object.values(node)) {
    if (typeof value !== 'object' || value === null) continue
    if (Array.isArray(value) && 'type' in node && node.type === 'ClassBody') {
      const bodies = value.filter(({ value: method, type }) => type !== 'MethodDefinition' || method?.body)
      value.splice(0, value.length, ...bodies)
    }
    removeSignatures(value)
  }
}

function neverRun(path: string, code: string): V8Script {
  const ranges = [{ startOffset: 0, endOffset: code.length, count: 0 }]
  const functions = [{ functionName: '', isBlockCoverage: true, ranges }]
  return { scriptId: '0', url: pathToFileURL(path).href, functions }
}
