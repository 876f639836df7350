// Advisories gate
//
// Owns:   that a change brings in no package version of which a vulnerability is known. What was there before is not
//         its fault, and a change that leaves the lock file alone is not looked up.
// Leaves: the versions in a lock file (locked-packages.ts), whether a version lies in a range (version-range.ts).
//
// L1. The source is a file in OSV's format where one is configured, else `npm audit` and the registry it reaches.
// L2. Without an answer the gate could not run. A policy that does not insist leaves it out then, and says why.

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { z } from 'zod'
import { removeTree } from '../durable-file.ts'
import type { Parts } from '../parts.ts'
import type { Gate, Subject } from './gate.ts'
import { lockedPackages } from './locked-packages.ts'
import { couldNotRun, leftOut, verdict } from './verdict.ts'
import { isAffected } from './version-range.ts'

export interface AdvisoryLimits {
  /** A file with a list of advisories in OSV's format. */
  readonly file?: string | undefined
  /** Whether not knowing is as good as a finding. */
  readonly required: boolean
}

const NAME = 'advisories'
const LOCKS = /^(package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock)$/

export const advisoriesFrom = (limits: AdvisoryLimits): Gate => ({
  name: NAME,
  async judge(parts, subject) {
    const lock = (await subject.files()).find(({ path }) => LOCKS.test(path))
    if (lock === undefined) return leftOut(NAME, 'no lock file is changed')
    const answer =
      limits.file === undefined
        ? await asked(parts, subject, lock.path)
        : await lookedUp(limits.file, lock.before ?? '', lock.after ?? '')
    if (typeof answer !== 'string') return verdict(NAME, answer)
    return limits.required
      ? couldNotRun(NAME, answer)
      : leftOut(NAME, `could not run, and is not insisted on: ${answer}`)
  },
})

const advisorySchema = z.object({
  id: z.string(),
  summary: z.string().default(''),
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

/** Findings, or why there are none to be had. */
async function lookedUp(file: string, before: string, after: string): Promise<string[] | string> {
  const text = await readFile(file, 'utf8').catch((error: Error) => error)
  if (text instanceof Error) return `${file} cannot be read: ${text.message}`
  const read = z.array(advisorySchema).safeParse(parsed(text))
  if (!read.success) return `${file} is no list of advisories in OSV's format`
  const known = new Set(lockedPackages(before).map(({ name, version }) => `${name} ${version}`))
  const added = lockedPackages(after).filter(({ name, version }) => !known.has(`${name} ${version}`))
  return added.flatMap(({ name, version }) =>
    read.data
      .filter(({ affected }) =>
        affected.some(
          (one) => one.package.name === name && one.package.ecosystem === 'npm' && isAffected(version, one),
        ),
      )
      .map(({ id, summary }) => `${name} ${version}: ${id} ${summary}`.trim()),
  )
}

const auditSchema = z.object({
  vulnerabilities: z.record(z.string(), z.object({ severity: z.string(), range: z.string().default('') })),
})

/** `npm audit` of the manifest and the lock file alone, as they are and as they were. */
async function asked(parts: Parts, { commit, signal }: Subject, lock: string): Promise<string[] | string> {
  if (!/^(package-lock|npm-shrinkwrap)\.json$/.test(lock))
    return `npm audit does not read ${lock}; name a file of advisories`
  const audit = async (at: string, name: string) => {
    const folder = join(parts.places.scratch, `audit-${name}-${commit}`)
    await mkdir(folder, { recursive: true })
    try {
      for (const file of ['package.json', lock]) {
        const text = await parts.clone.git(['show', `${at}:${file}`], { accept: [128] })
        await writeFile(join(folder, file), text)
      }
      const words = ['audit', '--json', '--package-lock-only', '--ignore-scripts']
      const { stdout } = await execa('npm', words, {
        cwd: folder,
        reject: false,
        timeout: 60_000,
        ...(signal && { cancelSignal: signal }),
      })
      return auditSchema.safeParse(parsed(stdout)).data?.vulnerabilities
    } finally {
      await removeTree(folder)
    }
  }
  const now = await audit(commit, 'after')
  if (now === undefined) return 'npm audit got no answer from the registry; name a file of advisories'
  if (Object.keys(now).length === 0) return []
  const before = (await audit(`${commit}^`, 'before')) ?? {}
  return Object.entries(now).flatMap(([name, { severity, range }]) =>
    before[name]?.range === range ? [] : [`${name} ${range}: a known vulnerability (${severity})`],
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
