// Uvu recorder
//
// Writes one line for the result of each test of uvu. Preloaded inside the sandbox.
//
// Tests import uvu from uvu-listening.mjs, which hands each test on to uvu itself. Files that are required get the same.

import * as modules from 'node:module'
import { pathToFileURL } from 'node:url'

// Older versions of Node lack `registerHooks`.
const { createRequire, Module, register, registerHooks } = modules
const require = createRequire(import.meta.url)
const { listening } = require('./uvu-listening.cjs')

const LISTENING = new URL('./uvu-listening.mjs', import.meta.url).href
const isTests = (parent) => parent !== undefined && !parent.includes('/node_modules/') && parent !== LISTENING

if (registerHooks) {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'uvu' && isTests(context.parentURL) && !context.conditions?.includes('require')
        ? { url: LISTENING, shortCircuit: true }
        : next(specifier, context),
  })
} else {
  const hooks = `export async function resolve(specifier, context, next) {
    const parent = context.parentURL
    const isTests = parent !== undefined && !parent.includes('/node_modules/') && parent !== ${JSON.stringify(LISTENING)}
    return specifier === 'uvu' && isTests && !context.conditions.includes('require')
      ? { url: ${JSON.stringify(LISTENING)}, shortCircuit: true }
      : next(specifier, context)
  }`
  register(`data:text/javascript,${encodeURIComponent(hooks)}`)
}

const load = Module._load
Module._load = function (name, parent, ...rest) {
  const uvu = load.call(this, name, parent, ...rest)
  const isOfTests = parent?.filename && isTests(pathToFileURL(parent.filename).href)
  return name === 'uvu' && isOfTests ? listening(uvu) : uvu
}
