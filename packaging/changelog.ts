// Changelog
//
// Owns:   giving the unreleased entries of CHANGELOG.md the version that `npm version` makes.
//
// Usage: node packaging/changelog.ts VERSION

import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { released } from './released.ts'

const [version = ''] = process.argv.slice(2)
const file = join(resolve(import.meta.dirname, '..'), 'CHANGELOG.md')
writeFileSync(file, released(readFileSync(file, 'utf8'), version, new Date()))
