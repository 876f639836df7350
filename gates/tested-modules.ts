// Tested modules
//
// The modules that a test file imports, which it most likely tests.

import { dirname, join, normalize } from 'node:path'

const bare = (path: string) => path.replace(/\.[cm]?[jt]sx?$/, '')

/** Those of `modules` that the text of a test file names. */
export function testedModules(path: string, text: string, modules: readonly string[]): string[] {
  const specifiers = [...text.matchAll(/['"](\.{1,2}\/[^'"]+)['"]/g)].map(([, specifier = '']) => specifier)
  return specifiers.flatMap((specifier) => {
    const target = normalize(join(dirname(path), specifier)).replaceAll('\\', '/')
    const stem = bare(target)
    return modules.filter((one) => one === target || bare(one) === stem || bare(one) === `${stem}/index`)
  })
}
