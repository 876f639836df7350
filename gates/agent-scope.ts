// Agent scope
//
// The gate `scope` for agents: a change consists of ordinary files of the repository, of the kinds that its task may
// change. A task for tests or documentation leaves the code unchanged.

import { type AgentTask, agentKinds } from '../machines/index.ts'
import type { Change } from '../workspace/index.ts'
import { isForTests } from './changed-tests.ts'
import type { Gate } from './gate.ts'
import { isTestCode } from './integrity.ts'
import { verdict } from './verdict.ts'

const DOCUMENT = /\.(md|mdx|markdown|txt|rst|adoc|svg|png)$|(^|\/)docs?\//i
const NOT_OURS = /(^|\/)(node_modules|\.git)(\/|$)|^\.gitmodules$/

export const agentScope: Gate = {
  name: 'scope',
  judges: 'submission',
  first: true,
  async judge(_parts, { task, changes }) {
    const findings = changes.flatMap((change) => problemsOf(task as AgentTask, change))
    return verdict('scope', changes.length === 0 ? ['nothing is changed'] : findings)
  },
}

function problemsOf({ kind, files }: AgentTask, { path, status, mode }: Change): string[] {
  if (NOT_OURS.test(path)) return [`${path} is not a file of the repository`]
  if (status !== 'D' && mode !== '100644' && mode !== '100755')
    return [`${path} has mode ${mode}; only ordinary files may be changed`]
  if (files.includes(path)) return []
  const { writes } = agentKinds[kind]
  switch (writes) {
    case 'any':
      return []
    case 'tests':
      if (isTestCode(path) || isForTests(path)) return []
      return [`${path} is not a test; this task writes tests and names no such file`]
    case 'documents':
      if (DOCUMENT.test(path)) return []
      return [`${path} is not documentation; this task documents and names no such file`]
    case 'nothing':
      return [`${path} is changed; this task changes nothing`]
    default:
      return writes satisfies never
  }
}
