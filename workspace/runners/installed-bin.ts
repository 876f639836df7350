// Installed bin
//
// The program of an installed package, as its own `package.json` names it.

import { join } from 'node:path'
import { z } from 'zod'
import { jsonOf } from '../../kernel/index.ts'
import { installedFolder, installedManifest, type PackagePlaces } from './installed-package.ts'

const manifestSchema = z.object({ bin: z.union([z.string(), z.record(z.string(), z.string())]) })

/** An absolute path below the worktree's `node_modules`. */
export async function installedBin(places: PackagePlaces, name: string): Promise<string> {
  const { bin } = manifestSchema.safeParse(jsonOf(await installedManifest(places, name))).data ?? { bin: '' }
  const path = typeof bin === 'string' ? bin : (bin[name] ?? Object.values(bin)[0] ?? '')
  return join(await installedFolder(places, name), path)
}
