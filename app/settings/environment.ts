// Environment
//
// Owns:   which of the user's variables the programs that Canopy starts may inherit: those that are named here.
// Leaves: what a sandboxed command sees (workspace/sandbox/), which is less.
//
// E1. A key is read once and is then in this process alone: whatever is started later cannot have it.

/** Where things are, how text is shown, and how the network is reached. */
const INHERITED = new Set(
  [
    'PATH HOME USER LOGNAME SHELL TMPDIR TZ LANG LANGUAGE TERM COLORTERM COLUMNS LINES NO_COLOR FORCE_COLOR CI',
    'HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy',
    'NODE_EXTRA_CA_CERTS SSL_CERT_FILE SSL_CERT_DIR NODE_COMPILE_CACHE NODE_NO_WARNINGS',
    'DBUS_SESSION_BUS_ADDRESS npm_config_registry npm_config_userconfig npm_config_cache npm_execpath',
    'CANOPY_DEBUG',
  ].flatMap((names) => names.split(' ')),
)
const INHERITED_PREFIXES = ['LC_', 'XDG_']

/** All variables, for this process only; those that no child may inherit are removed from `env`. */
export function takeEnvironment(env: NodeJS.ProcessEnv): Readonly<Record<string, string | undefined>> {
  const all = { ...env }
  for (const name of Object.keys(env)) if (!isInherited(name)) delete env[name]
  return all
}

function isInherited(name: string): boolean {
  return INHERITED.has(name) || INHERITED_PREFIXES.some((prefix) => name.startsWith(prefix))
}
