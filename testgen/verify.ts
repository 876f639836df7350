// Verify
//
// Owns:   keeping only cases with the same outcome in fresh programs: other order, time zone and language, no probes.
// Leaves: the process (child-process.ts), comparing (same.ts).

import { runChildProcess } from './child-process.ts'
import type { ImportedClass } from './descriptors.ts'
import { sameObservation } from './same.ts'
import type { CaseFinding, VerifyNews, VerifyTask } from './tasks.ts'
import type { CompiledModule } from './transpile.ts'

const MAX_IDLE_CPU_MS = 1000
const MAX_CPU_MS = 30_000

const surroundings = [
  {
    environment: { TZ: 'Pacific/Auckland', LANG: 'tr_TR.UTF-8', NODE_ENV: 'test' },
    order: (items: readonly CaseFinding[]) => [...items].reverse(),
  },
  { environment: { TZ: 'America/New_York', LANG: 'de_DE.UTF-8', NODE_ENV: 'test' }, order: interleave },
]

/** The findings that showed the same everywhere. */
export async function verify(
  findings: readonly CaseFinding[],
  modules: readonly CompiledModule[],
  importedClasses: readonly ImportedClass[],
): Promise<readonly CaseFinding[]> {
  let rest = findings
  for (const { environment, order } of surroundings) {
    const stable = await verifyOnce(order(rest), { modules, importedClasses }, environment)
    rest = rest.filter((finding) => stable.has(finding))
  }
  return rest
}

async function verifyOnce(
  findings: readonly CaseFinding[],
  code: Pick<VerifyTask, 'modules' | 'importedClasses'>,
  environment: Record<string, string>,
): Promise<ReadonlySet<CaseFinding>> {
  const stable = new Set<CaseFinding>()
  for (let from = 0; from < findings.length; ) {
    const part = findings.slice(from)
    let began = -1
    let broken: string | undefined
    const receive = (message: unknown) => {
      const news = message as VerifyNews
      if (news.kind === 'broken') broken = news.reason
      if (news.kind === 'began') began = news.index
      const finding = news.kind === 'ran' ? part[news.index] : undefined
      if (news.kind === 'ran' && finding !== undefined && sameObservation(finding.observed, news.observed))
        stable.add(finding)
    }
    const task: VerifyTask = { kind: 'verify', ...code, cases: part.map(({ test }) => test) }
    const end = await runChildProcess({
      task,
      switches: [],
      environment,
      idleCpuMs: MAX_IDLE_CPU_MS,
      maxCpuMs: MAX_CPU_MS,
      receive,
    })
    if (broken !== undefined) throw new Error(broken)
    if (end === 'finished' || began < 0) break
    // The case that ended the program is left out; the others are run in another one.
    from += began + 1
  }
  return stable
}

/** Every second finding first, so that findings which depend on the one before them are separated from it. */
function interleave(items: readonly CaseFinding[]): readonly CaseFinding[] {
  return [...items.filter((_, index) => index % 2 === 1), ...items.filter((_, index) => index % 2 === 0)]
}
