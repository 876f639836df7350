// Fetch a release
//
// Owns:   downloading the archive that a tool's makers publish, and unpacking the binary from it.
// Leaves: where the binary ends up (find-tool.ts).
//
// R1. The archive's SHA-256 is compared with the one in the source before anything of it is unpacked.
// R2. Where the network is closed it gives up within seconds.

import { createHash } from 'node:crypto'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FetchResult } from './fetched.ts'
import { runProgram } from './run-program.ts'
import type { ProgramTool, ToolArchive } from './tool.ts'

const ANSWER_MS = 4_000
const DOWNLOAD_MS = 180_000
const UNPACK_MS = 60_000

export async function fetchRelease(
  tool: ProgramTool,
  directory: string,
  onProgress: (sentence: string) => void,
): Promise<FetchResult> {
  const platform = `${process.platform}-${process.arch}`
  const archive = tool.release?.archives[platform]
  if (!archive) return { kind: 'failed', reason: `no release is known for ${platform}` }
  onProgress(`fetching ${tool.name} ${tool.release?.version} from ${new URL(archive.url).host}`)
  const downloaded = await download(archive.url)
  if (downloaded.kind === 'failed') return downloaded
  const mismatch = checksumMismatch(archive, downloaded.bytes)
  if (mismatch) return { kind: 'failed', reason: mismatch }
  return unpack(tool, downloaded.bytes, directory)
}

type Download =
  | { readonly kind: 'downloaded'; readonly bytes: Buffer }
  | { readonly kind: 'failed'; readonly reason: string }

async function download(url: string): Promise<Download> {
  const stop = new AbortController()
  const silent = setTimeout(() => stop.abort(new Error(`no answer in ${ANSWER_MS / 1000} s`)), ANSWER_MS)
  const endless = setTimeout(() => stop.abort(new Error(`not done in ${DOWNLOAD_MS / 1000} s`)), DOWNLOAD_MS)
  try {
    const response = await fetch(url, { signal: stop.signal })
    clearTimeout(silent)
    if (!response.ok) return { kind: 'failed', reason: `${url} answered ${response.status}` }
    return { kind: 'downloaded', bytes: Buffer.from(await response.arrayBuffer()) }
  } catch (error) {
    const { message, cause } = error as Error
    return {
      kind: 'failed',
      reason: `${new URL(url).host} could not be reached (${cause instanceof Error ? cause.message : message})`,
    }
  } finally {
    clearTimeout(silent)
    clearTimeout(endless)
  }
}

function checksumMismatch(archive: ToolArchive, bytes: Buffer): string | undefined {
  const actual = createHash('sha256').update(bytes).digest('hex')
  if (actual === archive.sha256) return undefined
  return `${archive.url} was refused: its SHA-256 is ${actual}, expected ${archive.sha256}`
}

async function unpack(tool: ProgramTool, bytes: Buffer, directory: string): Promise<FetchResult> {
  const archive = join(directory, 'archive.tar.gz')
  await writeFile(archive, bytes)
  const run = await runProgram('tar', ['-xzf', archive, '-C', directory], { timeoutMs: UNPACK_MS })
  if (run.failed) return { kind: 'failed', reason: `the archive cannot be unpacked (${run.reason})` }
  return binaryBelow(directory, tool.binary)
}

/** The one file called `binary` below a folder of unpacked things. */
export async function binaryBelow(directory: string, binary: string): Promise<FetchResult> {
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && entry.name === binary) {
      return { kind: 'fetched', path: join(entry.parentPath, entry.name) }
    }
  }
  return { kind: 'failed', reason: `what was unpacked holds no file ${binary}` }
}
