// Unpack
//
// Unpacks an archive from another machine into a new folder.
// Leaves: the place of the folder and the targets of its links (dependency-archive.ts, check-tree.ts).
//
// `tar` runs in the sandbox and can write to that folder only, for any names in the archive. An archive that unpacks to
// more than the limit is refused.

import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { WorkspaceParts } from '../parts.ts'
import { exitOf, lastWords } from '../suite.ts'
import { WorkspaceError } from '../workspace-error.ts'

const MAX_BYTES = 4 * 1024 ** 3
const LIMIT_MS = 10 * 60_000

/** `file` is a tar archive compressed with gzip; the folder is created. */
export async function unpack(
  { places, sandbox }: WorkspaceParts,
  { file, folder, maxBytes = MAX_BYTES }: { file: string; folder: string; maxBytes?: number },
): Promise<void> {
  await mkdir(places.scratch, { recursive: true })
  await mkdir(folder, { recursive: true })
  const plain = join(places.scratch, `archive-${randomUUID()}.tar`)
  try {
    const output = createWriteStream(plain, { flags: 'wx', mode: 0o600 })
    await pipeline(createReadStream(file), createGunzip(), atMost(maxBytes), output)
    const ending = await sandbox.run({
      argv: ['tar', '-C', folder, '--no-same-owner', '--no-same-permissions', '-xf', plain],
      cwd: folder,
      writable: [folder],
      readable: [plain],
      timeoutMs: LIMIT_MS,
    })
    const exited = exitOf(ending)
    if (typeof exited === 'string') throw refusal(`tar ${exited}`)
    if (exited.code !== 0) throw refusal(`tar exited with ${exited.code}: ${lastWords(exited)}`)
  } finally {
    await rm(plain, { force: true })
  }
}

function atMost(maxBytes: number): Transform {
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes > maxBytes) done(refusal(`it has more than ${maxBytes} bytes when it is unpacked`))
      else done(null, chunk)
    },
  })
}

function refusal(reason: string): WorkspaceError {
  return new WorkspaceError('archive_refused', `an archive of dependencies cannot be unpacked: ${reason}`)
}
