// pnpm settings
//
// The settings in a repository's `pnpm-workspace.yaml` that decide which packages are installed. Others, such as
// folders, programs and registries, are the user's and are left out.
//
// The text is cut at its top-level keys; what is kept stays as it is written.

const KEPT = new Set([
  ...['packages', 'catalog', 'catalogs', 'overrides', 'packageExtensions', 'peerDependencyRules'],
  ...['ignoredOptionalDependencies', 'autoInstallPeers', 'excludeLinksFromLockfile', 'dedupePeers'],
  ...['dedupePeerDependents', 'dedupeInjectedDeps', 'injectWorkspacePackages', 'linkWorkspacePackages'],
  ...['preferWorkspacePackages', 'hoist', 'hoistPattern', 'publicHoistPattern', 'shamefullyHoist'],
  ...['hoistWorkspacePackages', 'nodeLinker', 'resolutionMode', 'strictPeerDependencies'],
  ...['peersSuffixMaxLength', 'sharedWorkspaceLockfile', 'resolvePeersFromWorkspaceRoot'],
])

/** The lines of other settings are empty. */
export function keptPnpmSettings(text: string): string {
  let isKept = false
  const lines = text.split(/\r?\n/).map((line) => {
    const isInside = /^(?:\s|#|-|$)/.test(line)
    if (!isInside) isKept = KEPT.has(/^(['"]?)([\w-]+)\1\s*:/.exec(line)?.[2] ?? '')
    return isKept ? line : ''
  })
  return lines.join('\n')
}

/** The patterns of its packages; undefined when it names none. */
export function pnpmPatterns(text: string): string[] | undefined {
  const [, flow, block] =
    /^packages\s*:[^\S\n]*(?:\[([^\]]*)\]|(?:#.*)?\n((?:(?:\s*#.*|\s*-.*|\s*)(?:\n|$))*))/m.exec(
      text.replaceAll('\r', ''),
    ) ?? []
  const items = flow === undefined ? linesOf(block ?? '') : flow.split(',')
  const patterns = items.map(plain).filter(Boolean)
  return patterns.length === 0 ? undefined : patterns
}

function linesOf(block: string): string[] {
  return block.split('\n').flatMap((line) => /^\s*-\s+(.*)$/.exec(line)?.[1] ?? [])
}

function plain(item: string): string {
  const text = item.trim()
  const quoted = /^(['"])(.*?)\1/.exec(text)?.[2]
  return quoted ?? text.replace(/\s#.*$/, '').trim()
}
