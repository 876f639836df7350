// Tool environment
//
// The variables with which a repository's own programs find each other: its installed programs and its Node, as npm
// sets them for a script.

import { dirname, join } from 'node:path'
import type { Survey } from '../machines/index.ts'

const SYSTEM_PATH = ['/usr/local/bin', '/usr/bin', '/bin']

/** `folder`: of a package below the worktree's root, whose own programs come first. */
export function toolEnvironment(root: string, node: Survey['node'], folder = ''): Record<string, string> {
  const own = dirname(node?.path ?? process.execPath)
  const programs = [folder, ''].map((each) => join(root, each, 'node_modules/.bin'))
  const folders = [...programs, own, ...SYSTEM_PATH]
  return { PATH: [...new Set(folders)].join(':') }
}

/** Files that the sandbox must show for that Node. */
export function nodeReadable(node: Survey['node']): string[] {
  return node === undefined || /^\/(usr|bin)\//.test(node.path) ? [] : [node.path]
}
