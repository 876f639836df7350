// Resolve
//
// Imports that test runners and compilers allow and Node does not: `./a.js` for `a.ts`, no extension, a folder, JSON.

'use strict'

const { existsSync, statSync } = require('node:fs')
const { registerHooks } = require('node:module')
const { fileURLToPath, pathToFileURL } = require('node:url')

const ENDINGS = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json']

function allowUsualImports() {
  registerHooks({
    resolve(specifier, context, next) {
      const found =
        isRelative(specifier) && context.parentURL?.startsWith('file:') && find(specifier, context.parentURL)
      if (!found) return next(specifier, context)
      // `require` resolves paths only, and reads JSON without help.
      if (context.conditions.includes('require')) return next(found, context)
      return next(pathToFileURL(found).href, found.endsWith('.json') ? asJson(context) : context)
    },
  })
}

const isRelative = (specifier) => /^\.{1,2}(\/|$)/.test(specifier)
const isFile = (path) => existsSync(path) && statSync(path).isFile()
const asJson = (context) => ({ ...context, importAttributes: { ...context.importAttributes, type: 'json' } })

function find(specifier, parent) {
  const path = fileURLToPath(new URL(specifier, parent))
  if (isFile(path)) return path
  const stem = path.replace(/\.([cm]?)jsx?$/, '')
  const candidates =
    stem === path ? ENDINGS.map((ending) => path + ending) : [path.replace(/\.([cm]?)js$/, '.$1ts')]
  return [...candidates, ...ENDINGS.map((ending) => `${path}/index${ending}`)].find(isFile)
}

module.exports = { allowUsualImports }
