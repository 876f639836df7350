// A packed package as somebody installs it: unpacked, with the packages that it declares beside it and no others.

import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'

export const project = resolve(import.meta.dirname, '../..')

const manifestSchema = z.looseObject({
  dependencies: z.record(z.string(), z.string()),
  peerDependencies: z.record(z.string(), z.string()).optional(),
})

export class InstalledPackage implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'canopy-package-'))
  /** Where the package is. */
  readonly place: string
  readonly manifest: z.infer<typeof manifestSchema>

  /** `name`: as `npm run pack` takes it; `known`: as it is published; `more`: further packages of this project. */
  constructor(name: 'library' | 'command', known: string, more: readonly string[] = []) {
    this.place = join(this.folder, 'node_modules', known)
    const packer = join(project, 'packaging/pack.ts')
    const archive = this.node([packer, name, '--out', join(this.folder, 'out')]).trim()
    mkdirSync(this.place, { recursive: true })
    execFileSync('tar', ['-xzf', archive, '-C', this.place, '--strip-components=1'])
    this.manifest = manifestSchema.parse(JSON.parse(readFileSync(join(this.place, 'package.json'), 'utf8')))
    for (const one of [...Object.keys(this.manifest.dependencies), ...more]) this.link(one)
    writeFileSync(join(this.folder, 'package.json'), '{ "type": "module" }')
  }

  /** The files of the package, as paths from its folder. */
  files(): string[] {
    return readdirSync(this.place, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.place.length + 1))
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text)
  }

  /** Runs Node in the folder and gives its output; throws when it fails. */
  node(args: readonly string[], input = ''): string {
    return execFileSync(process.execPath, args, { cwd: this.folder, encoding: 'utf8', stdio: 'pipe', input })
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** Puts a package of this project beside it. */
  link(name: string): void {
    const place = join(this.folder, 'node_modules', name)
    mkdirSync(dirname(place), { recursive: true })
    symlinkSync(join(project, 'node_modules', name), place)
  }
}
