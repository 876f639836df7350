// Bring folder
//
// Copies of the brought files beside a folder of installed packages: each worktree that gets those packages gets the
// files, too, also on another machine.
// Leaves: which files are brought (brought-files.ts), making a worktree (worktree.ts).
//
// The copies are found by a digest of their content: a changed file makes another folder, and nothing measured with the
// old one is used. A path that a commit tracks keeps the commit's own content.

import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { jsonOf } from '../../kernel/index.ts'
import { pathSchema } from '../../machines/index.ts'
import {
  fingerprint,
  isOfCanopy,
  linkPackage,
  makeOnce,
  readableWith,
  recordReadable,
} from '../dependencies.ts'
import { isAbsent, readJson, writeJson } from '../durable-file.ts'
import { inFolderSync } from '../open-folder.ts'
import { packageNames } from '../own-packages.ts'
import type { WorkspaceParts } from '../parts.ts'
import { type DataPlaces, digest, fileName } from '../places.ts'
import { FileRefused, kindInside, readInside, replaceInside } from '../worktree-files.ts'

const FOLDER = '.canopy-brought'
const LIST = '.canopy-brought.json'
const MAX_FILE_BYTES = 16 * 1024 * 1024

const listSchema = z.array(pathSchema)

/** The folder of packages with the brought files beside it; the same folder when there are none. */
export async function withBroughtFiles(
  { places, brought = [] }: Pick<WorkspaceParts, 'places' | 'brought'>,
  installed: string,
): Promise<string> {
  if (brought.length === 0) return installed
  const { dependencies: cache } = places
  const files = brought.flatMap(({ path, mode, bytes }) => [path, `${mode}`, bytes.toString('base64')])
  const place = join(cache, digest('bring-1', installed, await fingerprint(installed), ...files))
  await makeOnce(place, async (folder) => {
    for (const name of await packageNames(installed))
      await linkPackage(join(installed, name), join(folder, 'node_modules'), name)
    await mkdir(join(folder, 'node_modules'), { recursive: true })
    if (isOfCanopy(cache, installed)) await linkOwnFolders(dirname(installed), folder)
    for (const { path, bytes, mode } of brought) {
      await mkdir(dirname(join(folder, FOLDER, path)), { recursive: true })
      await writeFile(join(folder, FOLDER, path), bytes, { mode: mode | 0o400 })
    }
    await writeJson(
      join(folder, LIST),
      brought.map(({ path }) => path),
    )
    await recordReadable(cache, place, [place, ...(await readableWith(places, installed))])
  })
  return join(place, 'node_modules')
}

/** The repository's own packages, each with its packages, as the package manager left them. */
async function linkOwnFolders(from: string, to: string): Promise<void> {
  const names = readdirSync(from).filter((name) => name !== 'node_modules' && !name.startsWith('.canopy'))
  for (const name of names) await symlink(join(from, name), join(to, name))
}

export interface PlaceOrder {
  /** The worktree's, and its path. */
  readonly name: string
  readonly root: string
  readonly dependencies: string
}

/** Copies the files into a new worktree, read-only. A path that the commit has, or leads over a link, is left. */
export async function placeBroughtFiles(places: DataPlaces, order: PlaceOrder): Promise<void> {
  const { name, root, dependencies } = order
  if (!isOfCanopy(places.dependencies, dependencies)) return
  const folder = dirname(dependencies)
  const paths = listSchema.safeParse(await readJson(join(folder, LIST))).data ?? []
  const placed: string[] = []
  for (const path of paths) {
    const file = await readInside(join(folder, FOLDER), path, MAX_FILE_BYTES)
    if (file === undefined || !(await isFree(root, path))) continue
    const mode = (file.mode & 0o111) | 0o444
    await replaceInside(root, path, { ...file, mode, spare: join(places.scratch, 'brought') })
    placed.push(path)
  }
  if (placed.length > 0) await writeJson(recordOf(places, name), placed)
}

async function isFree(root: string, path: string): Promise<boolean> {
  try {
    return (await kindInside(root, path)).kind === 'absent'
  } catch (error) {
    if (error instanceof FileRefused) return false
    throw error
  }
}

/** In git's own folder of the worktree, which no command sees and which is removed with the worktree. */
function recordOf(places: DataPlaces, name: string): string {
  return join(places.clone, 'worktrees', fileName(name), LIST)
}

/** The files that were brought into this worktree, as paths in it. */
export function broughtInto(places: DataPlaces, name: string): readonly string[] {
  try {
    return listSchema.safeParse(jsonOf(readFileSync(recordOf(places, name), 'utf8'))).data ?? []
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}

/** Those of them that are still regular files, as absolute paths: a command can rename the folder above one. */
export function broughtFilesAt(places: DataPlaces, root: string): string[] {
  if (dirname(root) !== places.worktrees) return []
  return broughtInto(places, basename(root))
    .filter((path) => isFileInside(root, path))
    .map((path) => join(root, path))
}

function isFileInside(root: string, path: string): boolean {
  const folders = path.split('/')
  const name = folders.pop() ?? ''
  try {
    const isFile = (folder: string) =>
      lstatSync(join(folder, name), { throwIfNoEntry: false })?.isFile() === true
    return inFolderSync({ root, folders }, isFile) === true
  } catch (error) {
    if (error instanceof FileRefused) return false
    throw error
  }
}
