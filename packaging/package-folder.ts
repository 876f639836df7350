// Package folder
//
// Owns:   the folder that npm packs: compiled files, copied files, the manifest with exactly the imported packages.
// Leaves: which files and which fields (library.ts, command.ts).

import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { preProcessFile } from 'typescript-analysis'
import { z } from 'zod'

export const project = resolve(import.meta.dirname, '..')

export const root = z
  .object({
    version: z.string(),
    license: z.string(),
    engines: z.object({ node: z.string() }),
    bin: z.object({ canopy: z.string() }),
    dependencies: z.record(z.string(), z.string()),
    peerDependencies: z.record(z.string(), z.string()),
  })
  .parse(JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')))

export class PackageFolder {
  readonly #name: string
  readonly #path: string

  /** An empty folder `dist/<name>`. */
  constructor(name: string) {
    this.#name = name
    this.#path = join(project, 'dist', name)
    rmSync(this.#path, { recursive: true, force: true })
    mkdirSync(this.#path, { recursive: true })
  }

  /** The files in it, as paths from the folder. */
  files(): string[] {
    return readdirSync(this.#path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.#path.length + 1))
      .sort()
  }

  read(file: string): string {
    return readFileSync(join(this.#path, file), 'utf8')
  }

  /** Compiles these files of the project and all that they import. Ends the process when the compiler finds a mistake. */
  compile(entries: readonly string[], options: Readonly<Record<string, boolean>>): void {
    const settings = join(project, 'dist', `${this.#name}.tsconfig.json`)
    const compilerOptions = { ...options, outDir: this.#path }
    const files = entries.map((entry) => join(project, entry))
    writeFileSync(
      settings,
      JSON.stringify({ extends: '../packaging/compiled.json', compilerOptions, files, include: [] }),
    )
    const compiler = join(project, 'node_modules/typescript/bin/tsc')
    execFileSync(process.execPath, [compiler, '-p', settings], { stdio: 'inherit' })
  }

  /** Copies a file of the project; `to` is its path in the package. */
  copy(from: string, to = from): void {
    mkdirSync(dirname(join(this.#path, to)), { recursive: true })
    copyFileSync(join(project, from), join(this.#path, to))
  }

  /**
   * Writes `package.json` with the given fields, the version and licence of the project, and the packages that the files
   * import. `optional` are those of them that not every user needs: they and the project's own peers become optional peers. Throws for a package that the
   * project does not depend on.
   */
  describe(fields: Readonly<Record<string, unknown>>, optional: readonly string[] = []): void {
    const { version, license } = root
    const { name, ...others } = fields
    const all = Object.entries(this.#dependencies())
    const peers = all.filter(([each]) => optional.includes(each) || each in root.peerDependencies)
    const manifest = {
      ...{ name, version, license, type: 'module', ...repository(process.env), ...others },
      dependencies: Object.fromEntries(all.filter((each) => !peers.includes(each))),
      ...(peers.length > 0 && {
        peerDependencies: Object.fromEntries(peers),
        peerDependenciesMeta: Object.fromEntries(peers.map(([each]) => [each, { optional: true }])),
      }),
    }
    writeFileSync(join(this.#path, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  }

  /** Packs the folder; the path of the archive. */
  pack(out: string): string {
    mkdirSync(out, { recursive: true })
    const said = execFileSync('npm', ['pack', '--silent', '--pack-destination', out], {
      cwd: this.#path,
      encoding: 'utf8',
    })
    return join(out, said.trim())
  }

  #dependencies(): Record<string, string> {
    const names = this.files()
      .filter((file) => /\.([cm]?js|d\.ts)$/.test(file) && !file.startsWith('examples/'))
      .flatMap((file) => importedPackages(this.read(file)))
    return Object.fromEntries(
      [...new Set(names)].sort().map((name) => {
        const version = root.dependencies[name] ?? root.peerDependencies[name]
        if (version === undefined)
          throw new Error(`${this.#name} imports ${name}, which package.json does not`)
        return [name, version]
      }),
    )
  }
}

/** Where the release was built: npm compares it with the provenance. */
function repository({ GITHUB_SERVER_URL: host, GITHUB_REPOSITORY: name }: NodeJS.ProcessEnv) {
  return host && name ? { repository: { type: 'git', url: `git+${host}/${name}.git` } } : {}
}

/** `load` is a `require` that a module made for itself. */
const LOAD = /\bload\(\s*['"]([^'"]+)['"]\s*\)/g
const PACKAGE = /^(?:@[\w.-]+\/)?[\w-][\w.-]*/

/** The packages that a compiled file or a declaration names, without Node's own modules. */
function importedPackages(text: string): string[] {
  const imported = preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName)
  const loaded = [...text.matchAll(LOAD)].map(([, specifier = '']) => specifier)
  return [...imported, ...loaded]
    .filter((specifier) => !specifier.startsWith('node:'))
    .flatMap((specifier) => PACKAGE.exec(specifier) ?? [])
}
