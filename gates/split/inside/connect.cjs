// Connect
//
// The tests' end of a link: one process of the source for each module graph that the tests load.
//
// A module that is loaded again is loaded by a new process, because the runner has reset its modules. A file that the
// source put in place of a named pipe is not opened.

'use strict'

const { execFileSync } = require('node:child_process')
const { randomUUID } = require('node:crypto')
const { closeSync, constants, fstatSync, openSync, writeSync } = require('node:fs')
const { join } = require('node:path')
const { Channel } = require('./channel.cjs')
const { Link } = require('./link.cjs')

/** The folder of the pipes. */
const FOLDER = process.env.CANOPY_SPLIT
const MAX_WAIT_MS = 30_000
const { O_RDWR, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants

let current

function connect(path) {
  if (current === undefined || current.paths.has(path)) current = open(FOLDER)
  current.paths.add(path)
  return current.link.load(path)
}

function open(folder) {
  const name = randomUUID()
  const [there, back] = ['there', 'back'].map((way) => join(folder, `${name}.${way}`))
  execFileSync('mkfifo', ['-m', '600', there, back])
  const channel = new Channel(openPipe(back, O_RDWR), openPipe(there, O_RDWR))
  knock(join(folder, 'door'), name)
  return { link: new Link(channel, { isGuarded: true }), paths: new Set() }
}

function openPipe(path, flags) {
  const descriptor = openSync(path, flags | O_NOFOLLOW)
  if (fstatSync(descriptor).isFIFO()) return descriptor
  closeSync(descriptor)
  throw new Error(`${path} is no named pipe`)
}

/** The other side creates the pipes when it is ready to open them. */
function knock(door, name) {
  const cell = new Int32Array(new SharedArrayBuffer(4))
  for (let waited = 0; ; waited += 5) {
    try {
      const descriptor = openPipe(door, O_WRONLY | O_NONBLOCK)
      writeSync(descriptor, `${name}\n`)
      return closeSync(descriptor)
    } catch (error) {
      if ((error.code !== 'ENOENT' && error.code !== 'ENXIO') || waited > MAX_WAIT_MS) throw error
      Atomics.wait(cell, 0, 0, 5)
    }
  }
}

module.exports = { connect }
