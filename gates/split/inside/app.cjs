// App
//
// Loads modules of the source in a plain process and hands them to the tests' process.

'use strict'

const { join } = require('node:path')
const { pathToFileURL } = require('node:url')
const { Channel } = require('./channel.cjs')
const { shiftClocks } = require('./clocks.cjs')
const { Link } = require('./link.cjs')
const { lookConnected } = require('./machine.cjs')
const { allowUsualImports } = require('./resolve.cjs')

const root = process.cwd()
shiftClocks(Number(process.argv[2]))
lookConnected()
process.argv.length = 2
allowUsualImports()
const link = new Link(new Channel(3, 4), {
  isGuarded: false,
  load: (path) => import(pathToFileURL(join(root, path)).href),
})
link.serve()
