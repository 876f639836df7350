// Uvu listening
//
// What tests get in place of uvu when they import it. Runs inside the sandbox.

import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const require = createRequire(import.meta.url)
const { listening } = require('./uvu-listening.cjs')
const own = createRequire(join(process.cwd(), 'package.json'))
// The module that an import in the worktree finds.
const place = own.resolve('uvu').replace(/index\.js$/, 'index.mjs')
const uvu = listening(await import(pathToFileURL(place).href))

export const { test, suite, exec } = uvu
