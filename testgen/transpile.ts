// Transpile
//
// Owns:   the modules a case can reach, compiled to CommonJS, each as it is and with probes.
// Leaves: the probes (instrument.ts), running the result (module-scope.ts).
//
// R1. Modules of the repository are compiled here; packages are loaded by Node itself.

import { readFileSync } from 'node:fs'
import ts from 'typescript-analysis'
import { type OpenModule, reachedFiles } from './analyse/program.ts'
import { type BranchEdge, createProbes, replaceMeta } from './instrument.ts'

export interface CompiledModule {
  readonly file: string
  /** As the repository's own runner would run it: for verification. */
  readonly plain: string
  /** With probes: for the search. */
  readonly probed: string
  readonly edges: readonly BranchEdge[]
  /** Import specifiers of modules of the repository, with the file of each. */
  readonly imports: Readonly<Record<string, string>>
}

/** Beyond so many modules only the one under test gets probes: the others matter less than the time they take. */
const MAX_PROBED_MODULES = 40

export function compileReached(open: OpenModule): readonly CompiledModule[] {
  const files = reachedFiles(open)
  const own = new Set(files.map(({ fileName }) => fileName))
  return files.map((file, index) => compile(open, file, own, index < MAX_PROBED_MODULES))
}

function compile(
  open: OpenModule,
  file: ts.SourceFile,
  own: ReadonlySet<string>,
  withProbes: boolean,
): CompiledModule {
  const text = readFileSync(file.fileName, 'utf8')
  return {
    file: file.fileName,
    ...compileText(file.fileName, text, open.options, ts.isExternalModule(file), withProbes),
    imports: importsOf(open, file, own),
  }
}

/** `isModule`: the text has imports or exports; without them a script stays sloppy unless it asks for strict mode. */
export function compileText(
  fileName: string,
  text: string,
  options: ts.CompilerOptions,
  isModule: boolean,
  withProbes = true,
): Pick<CompiledModule, 'plain' | 'probed' | 'edges'> {
  const edges: BranchEdge[] = []
  const plain = transpile(options, fileName, text, isModule, replaceMeta)
  const probed = withProbes ? transpile(options, fileName, text, isModule, createProbes(edges)) : plain
  return { plain, probed, edges }
}

function transpile(
  options: ts.CompilerOptions,
  fileName: string,
  text: string,
  isModule: boolean,
  transformer: ts.TransformerFactory<ts.SourceFile>,
): string {
  const {
    jsx,
    jsxFactory,
    jsxImportSource,
    experimentalDecorators,
    emitDecoratorMetadata,
    useDefineForClassFields,
  } = options
  const kept = {
    jsx,
    jsxFactory,
    jsxImportSource,
    experimentalDecorators,
    emitDecoratorMetadata,
    useDefineForClassFields,
  }
  const compilerOptions: ts.CompilerOptions = {
    ...Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined)),
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.CommonJS,
    moduleDetection: ts.ModuleDetectionKind.Auto,
    esModuleInterop: true,
    allowJs: true,
    // A comment after `return` would end the statement.
    removeComments: transformer !== replaceMeta,
    // A CommonJS script that does not ask for strict mode must not get it.
    alwaysStrict: isModule,
    ignoreDeprecations: '6.0',
  }
  return ts.transpileModule(text, {
    compilerOptions,
    fileName,
    transformers: { before: [transformer] },
    reportDiagnostics: false,
  }).outputText
}

function importsOf(
  open: OpenModule,
  file: ts.SourceFile,
  own: ReadonlySet<string>,
): Readonly<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const specifier of specifiersOf(file)) {
    const { resolvedModule } = ts.resolveModuleName(specifier, file.fileName, open.options, ts.sys)
    const target = resolvedModule?.resolvedFileName
    if (target !== undefined && own.has(target)) found[specifier] = target
  }
  return found
}

/** Of imports, re-exports, `import()` and `require()`. */
function specifiersOf(file: ts.SourceFile): readonly string[] {
  const found = new Set<string>()
  function visit(node: ts.Node): void {
    const specifier =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isExternalModuleReference(node)
          ? node.expression
          : isLoading(node)
            ? node.arguments[0]
            : undefined
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) found.add(specifier.text)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return [...found]
}

function isLoading(node: ts.Node): node is ts.CallExpression {
  if (!ts.isCallExpression(node)) return false
  const callee = node.expression
  return callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require')
}
