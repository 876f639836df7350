// As much of an npm registry on loopback as installing and auditing need; it remembers what it was asked.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { write } from './workspace/repositories.ts'

export interface KnownAdvisory {
  readonly id: number
  readonly severity: string
  readonly vulnerable_versions: string
}

interface Published {
  readonly manifest: Readonly<Record<string, unknown>>
  readonly tarball?: Buffer
}

export class Registry {
  /** Method and path of each request, in order. */
  readonly requests: string[] = []
  /** The credential of each request that had one. */
  readonly credentials: string[] = []
  /** What the bulk endpoint was asked. */
  readonly audited: unknown[] = []
  advisories: Readonly<Record<string, readonly KnownAdvisory[]>> = {}
  readonly #packages = new Map<string, Map<string, Published>>()
  readonly #server = createServer((request, response) => void this.#answer(request, response))

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return this
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`
  }

  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    return closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Makes a version available; without files, by name alone. Its integrity. */
  publish(
    name: string,
    version: string,
    files?: Readonly<Record<string, string>>,
    more: Readonly<Record<string, unknown>> = {},
  ): string {
    const manifest = { name, version, ...more }
    const tarball = files && packed({ 'package.json': JSON.stringify(manifest), ...files })
    const integrity = tarball ? `sha512-${createHash('sha512').update(tarball).digest('base64')}` : ''
    const versions = this.#packages.get(name) ?? new Map()
    versions.set(version, {
      manifest: { ...manifest, dist: tarball ? { integrity, tarball: this.tarballUrl(name, version) } : {} },
      tarball,
    })
    this.#packages.set(name, versions)
    return integrity
  }

  tarballUrl(name: string, version: string): string {
    return `${this.url}${name}/-/${name.replace(/^.*\//, '')}-${version}.tgz`
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    this.requests.push(`${request.method} ${request.url}`)
    if (request.headers.authorization) this.credentials.push(request.headers.authorization)
    const url = decodeURIComponent(request.url ?? '')
    const tarball = /^\/(.+)\/-\/[^/]*?-(\d[^/]*)\.tgz$/.exec(url)
    const bytes = tarball && this.#packages.get(tarball[1] ?? '')?.get(tarball[2] ?? '')?.tarball
    if (bytes) return void response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(bytes)
    const found =
      request.method === 'POST' ? this.#bulk(request, Buffer.concat(chunks)) : this.#packument(url.slice(1))
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(found ?? {}))
  }

  #packument(name: string): unknown {
    const versions = this.#packages.get(name)
    if (versions === undefined) return undefined
    const manifests = [...versions].map(([version, { manifest }]) => [version, manifest])
    const latest = [...versions.keys()].at(-1)
    return { name, 'dist-tags': { latest }, versions: Object.fromEntries(manifests) }
  }

  #bulk(request: IncomingMessage, body: Buffer): unknown {
    if (request.url !== '/-/npm/v1/security/advisories/bulk') return undefined
    const isZipped = request.headers['content-encoding'] === 'gzip'
    const packages: Record<string, string[]> = JSON.parse(String(isZipped ? gunzipSync(body) : body))
    this.audited.push(packages)
    const of = (name: string) =>
      (this.advisories[name] ?? []).map((one) => ({
        ...{ ...one, url: `https://advisories.example/${one.id}`, title: `${name} reads too far` },
        ...{ cwe: [], cvss: { score: 5, vectorString: null } },
      }))
    const known = Object.keys(packages).filter((name) => of(name).length > 0)
    return Object.fromEntries(known.map((name) => [name, of(name)]))
  }
}

function packed(files: Readonly<Record<string, string>>): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'canopy-package-'))
  try {
    write(join(folder, 'package'), files)
    const archive = join(folder, 'package.tgz')
    execFileSync('chmod', ['-R', 'a+rx', join(folder, 'package')])
    execFileSync('tar', ['-czf', archive, '-C', folder, 'package'])
    return readFileSync(archive)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
