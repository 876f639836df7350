// Npm audit
//
// Asks the registry through `npm audit` for the known vulnerabilities of the packages in a lock file.
// Leaves: choosing those of a submission (advisories.ts).
//
// The sandbox holds only the manifest and the lock file; nothing is installed and no script runs.
// U2. Only a report with a list is an answer: an error of the registry, of the network or of npm is returned as text.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { jsonOf } from '../kernel/index.ts'
import { ledInside, portFor, removeTree, runPackageManager } from '../workspace/index.ts'
import type { GateParts } from './gate.ts'

export interface AuditOrder {
  readonly parts: Pick<GateParts, 'sandbox' | 'packageSource' | 'places'>
  /** Created for this call and removed afterwards. */
  readonly folder: string
  /** Name to content: `package.json` and the lock file. */
  readonly files: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

export interface KnownVulnerability {
  /** Equal for the same advisory of the same package. */
  readonly key: string
  readonly severity: string
  readonly text: string
}

const auditSchema = z.object({
  vulnerabilities: z.record(
    z.string(),
    z.object({
      via: z.array(
        z.union([
          // The name of another package, which has an entry of its own.
          z.string(),
          z.object({
            source: z.union([z.string(), z.number()]),
            name: z.string(),
            title: z.string().default('a known vulnerability'),
            url: z.string().default(''),
            severity: z.string().default(''),
            range: z.string().default(''),
          }),
        ]),
      ),
    }),
  ),
})
/** npm's output when the registry does not answer, or does not understand the request. */
const errorSchema = z.union([
  z.object({ message: z.string() }).transform(({ message }) => message),
  z
    .object({ error: z.object({ code: z.string().nullish(), summary: z.string() }) })
    .transform(({ error: { code, summary } }) => `${code ?? ''} ${summary}`.trim()),
])

const LIMIT_MS = 60_000
export function isOfNpm(lock: string): boolean {
  return /^(package-lock|npm-shrinkwrap)\.json$/.test(lock)
}

/** The known vulnerabilities, or why there is no answer (U2). */
export async function npmAudit(order: AuditOrder): Promise<KnownVulnerability[] | string> {
  const { folder, files, parts, signal } = order
  const { sandbox, packageSource: source, places } = parts
  await mkdir(folder, { recursive: true })
  try {
    for (const [name, text] of Object.entries(files))
      await writeFile(join(folder, name), ledInside(text, source, portFor(sandbox)))
    const words = ['npm', 'audit', '--json', '--package-lock-only', '--ignore-scripts']
    const run = { sandbox, source, cache: places.dependencies, folder, words, timeoutMs: LIMIT_MS, signal }
    const result = await runPackageManager(run)
    if (result.kind === 'failed') return noAnswer(result.reason)
    const answer = jsonOf(result.stdout)
    const read = auditSchema.safeParse(answer)
    if (read.success) return Object.values(read.data.vulnerabilities).flatMap(({ via }) => via.flatMap(known))
    const said =
      errorSchema.safeParse(answer).data || result.stderr.trim().slice(-300) || 'it printed nothing'
    return noAnswer(result.trouble ?? said)
  } finally {
    await removeTree(folder)
  }
}

function noAnswer(reason: string): string {
  return `npm audit got no answer from the registry (${reason}): name a file of advisories under gates.advisories.file`
}

type Via = z.infer<typeof auditSchema>['vulnerabilities'][string]['via'][number]

function known(via: Via): KnownVulnerability[] {
  if (typeof via === 'string') return []
  const { source, name, title, url, severity, range } = via
  const text = `${name} ${range}: ${title} (${severity || 'of unknown severity'}) ${url}`.trim()
  return [{ key: `${name} ${source}`, severity, text }]
}
