// Open browser
//
// Owns:   showing a page in the user's browser.
//
// B1. The page's address holds its token: it is never an argument of a program. The browser gets it from a file that no
//     other user can read.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

/** Starts the browser and does not wait for it; without one nothing happens. The result removes the file (B1). */
export async function openBrowser(url: string): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'canopy-inspect-'))
  const file = join(folder, 'inspect.html')
  const script = `location.replace(${JSON.stringify(url)})`
  await writeFile(file, `<!doctype html><title>Canopy</title><script>${script}</script>\n`, { mode: 0o600 })
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open'
  execa(program, [file], { stdio: 'ignore', detached: true, cleanup: false, reject: false }).unref()
  return () => rm(folder, { recursive: true, force: true })
}
