// Program
//
// Owns:   opening one module of a repository with the TypeScript compiler: which options, which files.
// Leaves: reading it (the other files of analyse/).
//
// R1. Nothing of the repository is executed, and its folders are not searched: only imported files are read.

import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import ts from 'typescript-analysis'

export interface OpenModule {
  readonly root: string
  readonly file: string
  readonly source: ts.SourceFile
  readonly program: ts.Program
  readonly checker: ts.TypeChecker
  readonly options: ts.CompilerOptions
}

/** Reads the module and its imports; throws when the file is missing. */
export function openModule(root: string, module: string): OpenModule {
  const file = resolve(root, module)
  const options = compilerOptions(root, file)
  const program = ts.createProgram([file], options)
  const source = program.getSourceFile(file)
  if (source === undefined) throw new Error(`${module}: there is no such module in ${root}`)
  return { root, file, source, program, checker: program.getTypeChecker(), options }
}

/** The repository's own options where they change the meaning of types, ours where they only cost time. */
function compilerOptions(root: string, file: string): ts.CompilerOptions {
  const own = configured(root, file)
  return {
    ...own,
    target: ts.ScriptTarget.ES2024,
    lib: own.lib ?? ['lib.es2024.d.ts'],
    types: usesNode(file) && existsSync(join(root, 'node_modules/@types/node')) ? ['node'] : [],
    strict: own.strict ?? true,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: usesBundler(own) ? ts.ModuleResolutionKind.Bundler : ts.ModuleResolutionKind.NodeNext,
    ...(usesBundler(own) ? { module: ts.ModuleKind.Preserve } : {}),
    moduleDetection: ts.ModuleDetectionKind.Auto,
    allowJs: true,
    checkJs: false,
    maxNodeModuleJsDepth: 0,
    noEmit: true,
    skipLibCheck: true,
    skipDefaultLibCheck: true,
    resolveJsonModule: true,
    allowImportingTsExtensions: true,
    composite: false,
    incremental: false,
    declaration: false,
    ignoreDeprecations: '6.0',
  }
}

/** Node's own types take 0.3 s to read: only modules that import from Node get them. */
function usesNode(file: string): boolean {
  return /(from|require\()\s*['"](node:|(fs|path|url|util|os|events|stream|buffer|crypto)['"/])/.test(
    ts.sys.readFile(file) ?? '',
  )
}

function usesBundler(own: ts.CompilerOptions): boolean {
  return own.moduleResolution !== undefined
    ? own.moduleResolution === ts.ModuleResolutionKind.Bundler ||
        own.moduleResolution === ts.ModuleResolutionKind.Node10
    : own.module !== undefined && own.module !== ts.ModuleKind.CommonJS && own.module < ts.ModuleKind.Node16
}

function configured(root: string, file: string): ts.CompilerOptions {
  const path = ts.findConfigFile(
    dirname(file),
    (candidate) => candidate.startsWith(root) && ts.sys.fileExists(candidate),
  )
  if (path === undefined) return {}
  const { config } = ts.readConfigFile(path, ts.sys.readFile)
  const host: ts.ParseConfigHost = { ...ts.sys, readDirectory: () => [], useCaseSensitiveFileNames: true }
  const { options } = ts.parseJsonConfigFileContent(config ?? {}, host, dirname(path))
  // These options matter only when files are written.
  const {
    outDir: _out,
    rootDir: _root,
    outFile: _file,
    tsBuildInfoFile: _info,
    types: _types,
    plugins: _plugins,
    ...kept
  } = options
  return kept
}

/** Imports and exports, not `require` and `module.exports`. */
export function isEcmaScript({ source }: OpenModule): boolean {
  return ts.isExternalModule(source)
}

/** The source files of the repository that the module reaches, itself first. */
export function reachedFiles(open: OpenModule): readonly ts.SourceFile[] {
  const outside = join('/', 'node_modules', '/')
  const own = open.program
    .getSourceFiles()
    .filter(
      (file) =>
        !file.isDeclarationFile && !file.fileName.includes(outside) && !file.fileName.endsWith('.json'),
    )
  return [open.source, ...own.filter((file) => file !== open.source)]
}
