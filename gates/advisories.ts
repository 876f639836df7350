// Advisories gate
//
// The gate `advisories`: a change adds no package version with a known vulnerability. Versions that the tip already has
// are ignored, and a change that leaves the lock file alone is not checked.
// Leaves: asking the registry (npm-audit.ts), the versions in a lock file (locked-packages.ts), whether a version lies
//         in a range (version-range.ts).
//
// The source is a file in OSV's format where one is configured, else `npm audit` and its registry. Without an answer
// the gate could not run; a policy that does not require it then leaves it out, with the reason. Tip and submission are
// checked at the same time, so that an advisory published in between is not counted.
// L4. A vulnerability without a severity counts.

import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { z } from 'zod'
import { jsonOf } from '../kernel/index.ts'
import { type FileChange, pathSchema } from '../machines/index.ts'
import { readInside } from '../workspace/index.ts'
import type { GateInput, GateParts } from './gate.ts'
import { limitedGate } from './gate-setting.ts'
import { lockedPackages } from './locked-packages.ts'
import { isOfNpm, npmAudit } from './npm-audit.ts'
import { couldNotRun, leftOut, verdict } from './verdict.ts'
import { isAffected } from './version-range.ts'

const SEVERITIES = ['low', 'moderate', 'high', 'critical'] as const
type AdvisorySeverity = (typeof SEVERITIES)[number]

/** An absolute path of the user's own file, or a path in the repository. */
const advisoriesFile = z.union([z.string().regex(/^\/[^\0]*$/), pathSchema], {
  error: 'a path inside the repository without .., or one that begins with /',
})

const NAME = 'advisories'
const LOCKS = /^(package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock)$/

export const advisories = limitedGate({
  name: NAME,
  judges: 'submission',
  limits: {
    /** A file with a list of advisories in OSV's format. */
    file: advisoriesFile.optional(),
    /** Whether a missing answer stops the submission. */
    required: z.boolean(),
    /** Less severe ones pass. */
    severity: z.enum(SEVERITIES),
  },
  example:
    '{ file: advisories.json, required: true, severity: moderate }; severity is low, moderate, high or critical',
  stricter: {
    file: 'user',
    required: { ranked: [false, true] },
    severity: { ranked: SEVERITIES.toReversed() },
  },
  policies: {
    no_compromise: { required: true, severity: 'low' },
    balanced: { required: false, severity: 'moderate' },
    fast_iteration: false,
  },
  judge: (limits) => async (parts, subject) => {
    const lock = (await subject.files()).find(({ path }) => LOCKS.test(path))
    if (lock === undefined) return leftOut(NAME, 'no lock file is changed')
    const answer =
      limits.file === undefined
        ? await asked(parts, subject, { lock, least: limits.severity })
        : await lookedUp(parts, { ...limits, file: limits.file }, lock)
    if (typeof answer !== 'string') return verdict(NAME, answer)
    return limits.required
      ? couldNotRun(NAME, answer)
      : leftOut(NAME, `could not run, and the policy does not require it: ${answer}`)
  },
})

const advisorySchema = z.object({
  id: z.string(),
  summary: z.string().default(''),
  /** GitHub's own field. */
  database_specific: z.looseObject({ severity: z.string().optional().catch(undefined) }).optional(),
  affected: z.array(
    z.object({
      package: z.object({ ecosystem: z.string(), name: z.string() }),
      versions: z.array(z.string()).default([]),
      ranges: z
        .array(
          z.object({
            events: z.array(
              z.object({
                introduced: z.string().optional(),
                fixed: z.string().optional(),
                last_affected: z.string().optional(),
              }),
            ),
          }),
        )
        .default([]),
    }),
  ),
})
export type Advisory = z.infer<typeof advisorySchema>

/** Findings, or why there is no answer. */
async function lookedUp(
  parts: GateParts,
  { file, severity: least }: { readonly file: string; readonly severity: AdvisorySeverity },
  { before = '', after = '' }: FileChange,
): Promise<string[] | string> {
  const text = await textOf(parts, file).catch((error: Error) => error)
  if (text instanceof Error) return `${file} cannot be read: ${text.message}`
  const read = z.array(advisorySchema).safeParse(jsonOf(text))
  if (!read.success) return `${file} is not a list of advisories in OSV's format`
  const known = new Set(lockedPackages(before).map(({ name, version }) => `${name} ${version}`))
  const added = lockedPackages(after).filter(({ name, version }) => !known.has(`${name} ${version}`))
  return added.flatMap(({ name, version }) =>
    read.data
      .filter(({ database_specific: more }) => isSevere(more?.severity, least))
      .filter(({ affected }) =>
        affected.some(
          (one) => one.package.name === name && one.package.ecosystem === 'npm' && isAffected(version, one),
        ),
      )
      .map(({ id, summary }) => `${name} ${version}: ${id} ${summary}`.trim()),
  )
}

/** An absolute path is the user's own file; any other is read inside the repository, without following links. */
async function textOf({ repository }: GateParts, file: string): Promise<string> {
  if (isAbsolute(file)) return readFile(file, 'utf8')
  const found = await readInside(repository, file, MAX_BYTES)
  if (found === undefined) throw new Error('there is no such file')
  return found.bytes.toString('utf8')
}

const MAX_BYTES = 64 * 1024 * 1024

async function asked(
  parts: GateParts,
  { commit, signal }: GateInput,
  { lock, least }: { lock: FileChange; least: AdvisorySeverity },
): Promise<string[] | string> {
  if (!isOfNpm(lock.path))
    return `npm audit cannot read ${lock.path}: name a file of advisories under gates.advisories.file`
  const show = (name: string) => parts.clone.git(['show', name], { accept: [128] })
  const [was, is] = await Promise.all([`${commit}^:package.json`, `${commit}:package.json`].map(show))
  const audit = (name: string, manifest = '', text = '') => {
    const files = { 'package.json': manifest, [lock.path]: text }
    return npmAudit({ parts, folder: join(parts.places.scratch, `audit-${name}-${commit}`), files, signal })
  }
  const now = await audit('after', is, lock.after)
  if (typeof now === 'string') return now
  const severe = now.filter(({ severity }) => isSevere(severity, least))
  if (severe.length === 0) return []
  const before = lock.before === undefined ? [] : await audit('before', was, lock.before)
  if (typeof before === 'string') return `at the tip: ${before}`
  const known = new Set(before.map(({ key }) => key))
  return severe.filter(({ key }) => !known.has(key)).map(({ text }) => text)
}

const ORDER: readonly string[] = ['info', ...SEVERITIES]

/** L4. */
function isSevere(severity: string | undefined, least: AdvisorySeverity): boolean {
  const at = ORDER.indexOf(severity?.toLowerCase() ?? '')
  return at < 0 || at >= ORDER.indexOf(least)
}
