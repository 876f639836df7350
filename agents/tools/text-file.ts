// Text file
//
// Files as text for tools: reading one, and replacing one safely.
//
// Nothing is written unless all checks pass: the known version is the current one, and the new version can be parsed if
// the current one can.

import { isUtf8 } from 'node:buffer'
import { isOfPackages } from '../../machines/index.ts'
import {
  adminFolder,
  FileRefused,
  kindInside,
  plainPath,
  readInside,
  replaceInside,
} from '../../workspace/index.ts'
import { failure, type ToolContext, type ToolOutcome } from './tool.ts'
import { hashOf } from './versions.ts'

export interface TextFile {
  /** As git names it. */
  readonly path: string
  readonly text: string
  readonly hash: string
  readonly mode: number
}

const MAX_BYTES = 1024 * 1024
const NEW_FILE = 0o644

/** Undefined when there is no such file; refuses a file that is not text. */
export async function readText(context: ToolContext, given: string): Promise<TextFile | undefined> {
  const path = plainPath(context.root, given)
  if (isOfPackages(path))
    throw new FileRefused(
      `${path} belongs to an installed package: look at it with run (shell), e.g. sed -n 1,80p ${path}`,
    )
  await refuseLink(context, path)
  const file = await readInside(context.root, path, MAX_BYTES)
  if (file === undefined) return undefined
  if (file.bytes.includes(0) || !isUtf8(file.bytes))
    throw new FileRefused(`${path} is binary, not UTF-8 text`)
  return { path, text: file.bytes.toString('utf8'), hash: hashOf(file.bytes), mode: file.mode }
}

/** Only to name its target: reading refuses links anyway. */
async function refuseLink(context: ToolContext, path: string): Promise<void> {
  const { kind, target } = await kindInside(context.root, path)
  if (kind === 'link')
    throw new FileRefused(
      `${path} is a link to ${JSON.stringify(target)}, and links are not followed: name the file itself`,
    )
}

interface Replacement {
  readonly path: string
  readonly before: TextFile | undefined
  readonly text: string
  /** Identifies the request, to recognise its repetition (versions.ts). */
  readonly asked: string
}

/** The new version's hash, or why it was not written. */
export async function putText(
  context: ToolContext,
  order: Replacement,
): Promise<{ hash: string } | ToolOutcome> {
  const { path, before, text } = order
  const bytes = Buffer.from(text)
  if (bytes.length > MAX_BYTES)
    return failure(`${path} would have ${bytes.length} bytes, more than ${MAX_BYTES}. Nothing was written.`)
  if (isOfPackages(path)) return failure(`${path} belongs to an installed package, which is read-only.`)
  const module = (await submodulesOf(context)).find((each) => path.startsWith(`${each}/`))
  if (module !== undefined)
    return failure(`${path} is in the submodule ${module}, which is another repository.`)
  const problem = context.parts.analysis.parseProblem(path, text)
  const broken = before !== undefined && context.parts.analysis.parseProblem(path, before.text) !== undefined
  if (problem !== undefined && !broken)
    return failure(`Nothing was written: ${path} could no longer be parsed.\n${problem}`)
  const hash = hashOf(bytes)
  await context.versions.willEdit(path, { asked: order.asked, from: before?.hash ?? '', to: hash })
  const spare = adminFolder(context.parts.places, context.name)
  await replaceInside(context.root, path, { bytes, mode: before?.mode ?? NEW_FILE, spare })
  await context.versions.saw(path, hash)
  return { hash }
}

/** A file below a submodule would not be submitted. */
async function submodulesOf({ parts, name }: ToolContext): Promise<string[]> {
  const { stdout } = await parts.git({
    gitDir: adminFolder(parts.places, name),
    args: ['ls-files', '-z', '--stage'],
  })
  const entries = stdout.split('\0').filter((entry) => entry.startsWith('160000 '))
  return entries.map((entry) => entry.slice(entry.indexOf('\t') + 1))
}

/** Whether the current version was seen: given by its hash, or read and unchanged since. */
export async function isKnown(
  context: ToolContext,
  file: TextFile,
  given: string | undefined,
  asked: string,
): Promise<boolean> {
  const { seen, edit } = await context.versions.of(file.path)
  const own = edit?.asked === asked && edit.from === file.hash
  return given === undefined ? seen === file.hash || own : isHash(given, file.hash)
}

/** The whole hash, or the beginning that a model repeated. */
function isHash(given: string, hash: string): boolean {
  return given.length >= 8 && (given.startsWith(hash) || hash.startsWith(given))
}

/** Whether this very call was carried out already and its result is still there. */
export async function isInPlace(context: ToolContext, file: TextFile, asked: string): Promise<boolean> {
  const { edit } = await context.versions.of(file.path)
  return edit?.asked === asked && edit.to === file.hash
}
