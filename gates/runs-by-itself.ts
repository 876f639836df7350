// Runs by itself
//
// Finds changed files that make programs run without anybody asking: on the machine of a person who opens, installs or
// builds the repository, in CI, or in a coding agent.
// Leaves: files that such a file starts (started-files.ts), approving one (approval.ts).
//
// A name that begins with a dot is a setting of some program, known here or not: it is refused unless it is known to be
// harmless. The same holds for the fields of a `package.json`, and for settings files in the top folder of the
// repository or of a package, where programs look for theirs.

import { z } from 'zod'
import { jsonOf } from '../kernel/index.ts'
import type { FileChange } from '../machines/index.ts'

/** Only lists paths to ignore or styles of layout, for every program. */
const HARMLESS_DOTS =
  /^(\.gitignore|\.gitkeep|\.keep|\.editorconfig|\.prettierignore|\.eslintignore|\.nojekyll)$/
const HARMLESS_FOLDERS = /(^|\/)\.changeset\/[^/.]+\.md$/

/** Names without a dot that a program runs or obeys without being asked. Compared in lower case. */
const BY_NAME: readonly (readonly [RegExp, string])[] = [
  [
    /^(agents?|amp|claude|codex|conventions|copilot-instructions|crush|gemini|jules|memory|qwen|replit|rules|skill|warp)([.-]local)?\.md$|^llms(-full)?\.txt$/,
    'coding agents obey it',
  ],
  [/^(mcp|opencode)\.jsonc?$/, 'coding agents start programs from it'],
  [/\.(code-workspace|sublime-project|iml)$/, 'editors take tasks and settings from it'],
  [
    /^(jenkinsfile|procfile|vagrantfile|dockerfile|containerfile|tiltfile|brewfile|earthfile)(\..*)?$|\.dockerfile$/,
    'it is run to build or deploy',
  ],
  [
    /^(gulp|grunt|jake|guard|cap|fast|berks|pod|gem|snake)file(\.babel)?(\.\w+)?$|^(dodo\.py|wscript)$|\.(gemspec|podspec)$/,
    'editors ask its program for a list of tasks, and the program runs it',
  ],
  [
    /^(eslint|prettier|stylelint|tailwind|svelte|commitlint|release|xo)\.config\.\w+$/,
    'editors and hooks run it while somebody works on other files',
  ],
  [
    /\.(cs|fs|vb|vcx|sql)proj$|\.(sln|slnx|props|targets)$|^(cmakelists\.txt|meson\.build|configure\.ac)$|\.cmake$|^cmake(user)?presets\.json$/,
    'editors and builds run it when they open the project',
  ],
  [
    /^(cargo|pyproject)\.toml$|^build\.(zig|sbt|xml)(\.zon)?$|^(mix\.exs|rebar\.config|package\.swift|setup\.cfg|project\.clj|deps\.edn)$|\.(nix|bzl|bazel)$|^(build|workspace)$/,
    'editors and builds run it when they open the project',
  ],
  [/^(bunfig\.toml|deno\.(jsonc?|lock))$/, 'runtimes obey it'],
  [/^codeowners$/, 'it names the people whose review is required'],
  [
    /^(docker-)?compose[^/]*\.ya?ml$|^devcontainer\.json$|^skaffold\.ya?ml$/,
    'containers are started from it',
  ],
  [
    /^(azure-pipelines|bitbucket-pipelines|appveyor|cloudbuild|buildspec|codemagic|action|dangerfile)[^/]*\.(ya?ml|[jt]s)$|^dangerfile$/,
    'CI runs it',
  ],
  [
    /^(netlify|fly|railway|render|wrangler)\.(toml|ya?ml|jsonc?)$|^(vercel|now|app)\.json$/,
    'a host builds and runs according to it',
  ],
  [
    /^lefthook[^/]*\.(ya?ml|toml|json)$|^husky\.config\.\w+$|^lint-staged\.config\.\w+$/,
    'git runs it at a commit',
  ],
  [
    /^binding\.gyp$|^pnpmfile\.c?js$|^pnpm-workspace\.ya?ml$/,
    'package managers run or obey it at installation',
  ],
  [
    /^(gnumakefile|makefile|justfile|rakefile|taskfile\.ya?ml|magefile\.go|noxfile\.py|fabfile\.py|tasks\.py)$/,
    'its targets are run by hand and by CI',
  ],
  [
    /^(setup\.py|sitecustomize\.py|usercustomize\.py)$|\.pth$/,
    'Python runs it at its start or at installation',
  ],
  [
    /^build\.rs$|\.gradle(\.kts)?$|^(gradlew|mvnw)(\.(bat|cmd))?$|^pom\.xml$/,
    'editors and builds run it when they open the project',
  ],
  [
    /^(mise|rtx)(\.[^/]+)?\.toml$|(^|\/)mise\/(config[^/]*|conf\.d\/[^/]*)\.toml$|^(devenv|flake|shell|default)\.nix$|^flake\.lock$|^(devbox|pixi|process-compose|proto)\.(json|toml|ya?ml)$|^(devenv|pixi)\.(lock|local\.nix)$/,
    'a shell runs it when somebody enters the folder',
  ],
  [
    /^(turbo|nx|project|lerna|moon|rush|wireit)\.jsonc?$|^(earthfile|snakefile|sconstruct|dodo\.py|xmake\.lua)$/,
    'its tasks are run by hand and by CI',
  ],
  [/^canopy\.ya?ml$/, 'Canopy obeys it'],
]

/** Why the changed file needs a person's approval; empty when it does not. */
export function runsByItself(change: FileChange): string[] {
  const { path, before, after } = change
  const names = path.split('/')
  const name = (names.at(-1) ?? '').toLowerCase()
  if (names.some((each) => each.startsWith('.')) && !isHarmless(path, names))
    return ['programs take settings and commands from files whose names begin with a dot']
  const known = BY_NAME.find(([pattern]) => pattern.test(name) || pattern.test(path.toLowerCase()))
  if (known) return [known[1]]
  if (name === 'package.json') return manifestReasons(before, after)
  if (isLockFile(name)) return lockReasons(before ?? '', after ?? '')
  if (/^[tj]sconfig.*\.json$/.test(name)) return compilerReasons(before, after)
  if (TOP_FOLDER.test(path) && isSetting(name))
    return ['programs look for their settings there, and for files to obey']
  return []
}

const TOP_FOLDER = /^((packages|apps|libs|modules|services|projects|crates|plugins)\/[^/]+\/)?[^/]+$/
const SETTING = /\.(jsonc?|json5|toml|ya?ml|xml|ini|cfg|conf|config|properties|plist|lock|mk|hcl|tf)$/
const PROSE =
  /^(readme|licen[cs]e|copying|notice|authors|contributors|changelog|changes|history|patents|security|todo|version|thanks)\b/

/** A file in a format of settings, or without an extension, which make and similar tools run. */
function isSetting(name: string): boolean {
  return SETTING.test(name) || (!name.includes('.') && !PROSE.test(name))
}

const PLUGINS = /"plugins"\s*:\s*\[[^\]]*\]/g

/** Editors load the plugins that it names. */
function compilerReasons(before = '', after = ''): string[] {
  const plugins = (text: string): string => text.match(PLUGINS)?.join() ?? ''
  // Gates do not read longer files; an escape could spell the field in another way.
  const isPlain = after !== '' && !/\\u/i.test(after)
  return isPlain && plugins(after) === plugins(before) ? [] : ['editors load the plugins that it names']
}

function isHarmless(path: string, names: readonly string[]): boolean {
  if (HARMLESS_FOLDERS.test(path)) return true
  const dots = names.filter((each) => each.startsWith('.'))
  return dots.length === 1 && names.at(-1) === dots[0] && HARMLESS_DOTS.test(dots[0] ?? '')
}

/** Fields that describe a package and the places of its code; no program runs them. */
const HARMLESS_FIELDS = new Set(
  [
    'name version description keywords homepage bugs license author contributors funding repository private',
    'main module browser types typings exports files sideEffects type directories engines os cpu',
  ].flatMap((names) => names.split(' ')),
)
const DEPENDENCIES = new Set(['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'])
/** https://docs.npmjs.com/cli/using-npm/scripts#life-cycle-scripts */
const LIFECYCLE =
  /^(pre|post)|^(install|uninstall|prepare|prepublish|prepublishOnly|prepack|publish|pack|dependencies|version|restart|stop|shrinkwrap)$/
/** A version, a range or a tag of the registry's; with a colon or a slash, the source is another. */
const FROM_REGISTRY = /^[\w.^~<>=|*+\s-]*$|^workspace:[\w.^~*-]+$/

const manifestSchema = z.record(z.string(), z.unknown())
const textsSchema = z.record(z.string(), z.string())

function manifestReasons(before: string | undefined, after: string | undefined): string[] {
  if (after === undefined) return ['a package is removed']
  const is = manifestSchema.safeParse(jsonOf(after)).data
  if (is === undefined) return ['it cannot be read']
  const was = manifestSchema.safeParse(jsonOf(before ?? '{}')).data ?? {}
  const changed = Object.keys({ ...was, ...is }).filter((name) => !same(was[name], is[name]))
  return changed.flatMap((name) => {
    if (HARMLESS_FIELDS.has(name)) return []
    if (name === 'scripts') return scriptReasons(was[name], is[name])
    if (DEPENDENCIES.has(name)) return dependencyReasons(name, was[name], is[name])
    return [`package managers and tools obey its field ${name}`]
  })
}

function scriptReasons(was: unknown, is: unknown): string[] {
  return changedTexts(was, is)
    .filter(([name]) => LIFECYCLE.test(name))
    .map(([name]) => `the script ${name} runs without being called`)
}

function dependencyReasons(field: string, was: unknown, is: unknown): string[] {
  return changedTexts(was, is)
    .filter(([, spec]) => spec !== undefined && !FROM_REGISTRY.test(spec))
    .map(
      ([name, spec]) => `${field}.${name} is ${JSON.stringify(spec)}, which does not come from the registry`,
    )
}

function changedTexts(was: unknown, is: unknown): [name: string, text: string | undefined][] {
  const [old, now] = [was, is].map((each) => textsSchema.safeParse(each ?? {}).data)
  if (!now) return [['(the whole field)', 'it cannot be read: it is not a table of texts']]
  const names = Object.keys({ ...old, ...now }).filter((name) => old?.[name] !== now[name])
  return names.map((name) => [name, now[name]])
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function isLockFile(name: string): boolean {
  return /^(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.ya?ml|bun\.lockb?)$/.test(name)
}

const SOURCE = /\b((?:git\+)?(?:https?|ssh|git|file)):(?:\/\/)?([^/\s"':#]*)|\b(?:github|gitlab|bitbucket):/gi
const WITH_SCRIPTS = /"hasInstallScript":\s*true|requiresBuild:\s*true/g

/** A lock file names the sources of packages, and which packages run scripts at installation. */
function lockReasons(before: string, after: string): string[] {
  // Gates do not read longer files (changed-files.ts).
  if (after === '') return ['it is too long to be read']
  const known = new Set(sourcesIn(before))
  // A first lock file, or one without URLs, may name the public registries.
  for (const host of ['registry.npmjs.org', 'registry.yarnpkg.com']) known.add(`https ${host}`)
  const others = [...new Set(sourcesIn(after))].filter((source) => !known.has(source))
  const scripts = (text: string): number => text.match(WITH_SCRIPTS)?.length ?? 0
  return [
    ...others.map((source) => `packages come from a new source: ${source}`),
    ...(scripts(after) > scripts(before)
      ? ['a package is added that runs a script when it is installed']
      : []),
  ]
}

/** Protocol and host of each URL. URLs of funding and the like are on lines of their own. */
function sourcesIn(text: string): string[] {
  const lines = text.split('\n').filter((line) => !/"(url|homepage|funding)":/.test(line))
  return lines.flatMap((line) =>
    [...line.matchAll(SOURCE)].map(([whole, protocol, host]) =>
      protocol === undefined ? whole.toLowerCase() : `${protocol} ${host}`.toLowerCase().trim(),
    ),
  )
}
